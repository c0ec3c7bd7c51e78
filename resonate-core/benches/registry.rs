//! What the registry costs at start, and at each look-up. Run: `cargo bench -p resonate-core
//! --bench registry`.
#![expect(clippy::print_stdout, reason = "the figures are for a person")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use resonate_core::payload::Outcome;
use resonate_core::registry::{
    Body, Defaults, Entry, Kind, Param, Registry, RegistryError, Shapes, Site,
};

const ROUNDS: u32 = 20;
const LOOKUPS: u32 = 20_000;

/// A function that no macro wrote; it lives as long as the program, as those do.
fn entry(index: usize) -> &'static Entry {
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

fn measure(count: usize) -> Result<(), RegistryError> {
    let entries: Vec<_> = (0..count).map(entry).collect();
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let registry = Registry::from_entries(entries.iter().copied());
        registry.check_worker()?;
        fastest = fastest.min(started.elapsed());
    }
    let registry = Registry::from_entries(entries.iter().copied());
    let mut names = entries.iter().map(|it| it.name).cycle();
    let mut each = Duration::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..LOOKUPS {
            let found = names.next().and_then(|name| registry.get(name, 1));
            assert!(black_box(found).is_some(), "all of them are there");
        }
        each = each.min(started.elapsed() / LOOKUPS);
    }
    let started = Instant::now();
    let nearest = registry.nearest("shop/area-3/3x");
    let unknown = started.elapsed();
    black_box(nearest);
    println!(
        "{count} functions: built and checked in {fastest:?}, found in {each:?}, the nearest \
         names of an unknown one in {unknown:?}"
    );
    Ok(())
}

fn main() -> Result<(), RegistryError> {
    [1, 1_000, 10_000].into_iter().try_for_each(measure)
}
