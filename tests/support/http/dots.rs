//! The ids of the cases as servers of June 2026 take them: `w` and `w:1` as `o.w` and `o.w.1`, all
//! of one origin, because there a task awaits nothing of another.

use serde_json::Value;

/// Members and tags that hold ids of promises.
const HOLDERS: [&str; 8] = [
    "id",
    "promiseId",
    "awaited",
    "awaiter",
    "cursor",
    "resonate:branch",
    "resonate:origin",
    "resonate:parent",
];
const ORIGIN: &str = "o.";

/// Writes the ids as they are taken.
pub(super) fn write(kind: &str, data: &mut Value) {
    let name_of_schedule = kind.starts_with("schedule.").then(|| data["id"].take());
    rename(data, &|id| {
        // What a schedule starts is named after it, and it has no dots.
        let stays = id.is_empty() || id.starts_with("s-") || id.contains("{{");
        (!stays).then(|| format!("{ORIGIN}{}", id.replace(':', ".")))
    });
    if let Some(name) = name_of_schedule.filter(|name| !name.is_null()) {
        data["id"] = name;
    }
}

/// Reads them back.
pub(super) fn read(data: &mut Value) {
    rename(data, &|id| Some(id.strip_prefix(ORIGIN)?.replace('.', ":")));
}

fn rename(value: &mut Value, new: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(id) if HOLDERS.contains(&name.as_str()) => {
                        *id = new(id).unwrap_or_else(|| id.clone());
                    }
                    member => rename(member, new),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, new)),
        _ => {}
    }
}
