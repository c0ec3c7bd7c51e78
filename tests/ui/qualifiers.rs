#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async unsafe fn careful() -> Result<()> {
    Ok(())
}

#[resonate::function(blocking)]
extern "C" fn foreign() -> Result<()> {
    Ok(())
}

#[resonate::function(blocking)]
const fn early() -> Result<()> {
    Ok(())
}

fn main() {}
