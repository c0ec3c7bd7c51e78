//! A registry of many functions: what it takes to build, and to find one.

use std::hint::black_box;

use resonate::prelude::*;
use resonate::{Entry, Kind, Registry};
use resonate_core::payload::Outcome;
use resonate_core::registry::{Body, Defaults, Param, Shapes, Site};

use crate::measure::{Figures, Stopwatch, figures, number};

const LOOKUPS: u32 = 1_000_000;

pub fn run(count: u64) -> Result<Figures> {
    let entries: Vec<_> = (0..count).map(entry).collect();
    // Processor time: nothing here waits, and others may use the machine as well.
    let watch = Stopwatch::start();
    let registry = Registry::from_entries(entries.iter().copied());
    registry.check_worker().map_err(Error::new)?;
    let built = watch.stop().cpu;
    let mut names = entries.iter().map(|it| it.name).cycle();
    let watch = Stopwatch::start();
    for _ in 0..LOOKUPS {
        black_box(names.next().and_then(|name| registry.get(name, 1)));
    }
    let each = watch.stop().cpu / f64::from(LOOKUPS);
    Ok(figures([
        ("functions", number(count)),
        ("registry_ms", built * 1e3),
        ("lookup_ns", each * 1e9),
    ]))
}

/// A function that no macro wrote; it lives as long as the program, as those do.
fn entry(index: u64) -> &'static Entry {
    let name: &'static str = Box::leak(format!("shop/area-{}/{index}", index % 17).into());
    Box::leak(Box::new(Entry {
        name,
        version: 1,
        kind: Kind::Leaf,
        params: &[Param {
            name: "order",
            ty: "String",
        }],
        result: "Result<String>",
        shapes: Shapes::NONE,
        defaults: Defaults::NONE,
        site: Site {
            package: "shop 0.1.0",
            module: "shop",
            file: "src/shop.rs",
            line: 1,
            doc: "",
        },
        body: Body::Blocking(|_, _| Outcome::Unwritable("nothing runs it".to_owned())),
    }))
}
