//! What was seen of a type, and what is to be tried next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::{Field, Shape};

/// How many values there are for a leaf.
pub(super) const SAMPLES: usize = 12;

/// Why reading ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something was learned: the same again.
    Again,
    /// A field was left out that is needed.
    Missing,
    /// The type does not take a value.
    Refused,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Stop {}

impl serde::de::Error for Stop {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::Refused
    }

    fn missing_field(_field: &'static str) -> Self {
        Self::Missing
    }

    fn duplicate_field(_field: &'static str) -> Self {
        Self::Again
    }
}

/// What stands at one place of the type.
#[derive(Clone)]
pub(super) enum Node {
    Leaf(Shape),
    Option,
    List,
    Map,
    Tuple(usize),
    /// The fields, and which of them may be left out.
    Struct(BTreeMap<&'static str, bool>),
    Enum(&'static [&'static str]),
}

/// One way to read the type: which variants, and which field is left out.
#[derive(Clone, Default)]
struct Experiment {
    variants: BTreeMap<String, usize>,
    left_out: Option<(String, &'static str)>,
}

/// What was seen so far. Places are paths, such as `.order.lines[].id`.
pub(super) struct Record {
    nodes: BTreeMap<String, Node>,
    waiting: VecDeque<Experiment>,
    current: Experiment,
    /// Which value a leaf gets, where the first was refused.
    samples: BTreeMap<String, usize>,
    last_leaf: Option<String>,
    /// Options, lists and maps that stay empty, because the type comes again in them.
    empty: BTreeSet<String>,
    aliases: BTreeSet<(String, &'static str)>,
    /// The types that are being read, outermost first.
    open: Vec<&'static str>,
    /// The options, lists and maps around what is being read.
    around: Vec<String>,
    /// For each enum a variant that can be read without the enum itself.
    plain_variants: BTreeMap<&'static str, usize>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::new(),
            waiting: VecDeque::from([Experiment::default()]),
            current: Experiment::default(),
            samples: BTreeMap::new(),
            last_leaf: None,
            empty: BTreeSet::new(),
            aliases: BTreeSet::new(),
            open: Vec::new(),
            around: Vec::new(),
            plain_variants: BTreeMap::new(),
        }
    }
}

impl Record {
    /// Goes on to the next experiment, if there is one.
    pub(super) fn begin_next_experiment(&mut self) -> bool {
        match self.waiting.pop_front() {
            Some(next) => {
                self.current = next;
                true
            }
            None => false,
        }
    }

    pub(super) fn begin_try(&mut self) {
        self.open.clear();
        self.around.clear();
        self.last_leaf = None;
    }

    /// Gives the last leaf another value, if there is one left.
    pub(super) fn try_another_value(&mut self) -> bool {
        let Some(leaf) = self.last_leaf.clone() else {
            return false;
        };
        let sample = self.samples.entry(leaf).or_default();
        *sample += 1;
        *sample < SAMPLES
    }

    /// Notes a leaf, and answers which value it gets.
    pub(super) fn leaf(&mut self, path: &str, shape: Shape) -> usize {
        self.see(path, Node::Leaf(shape));
        self.last_leaf = Some(path.to_owned());
        self.samples.get(path).copied().unwrap_or_default()
    }

    /// Notes what stands at a place; whether that is news.
    pub(super) fn see(&mut self, path: &str, node: Node) -> bool {
        let is_news = !self.nodes.contains_key(path);
        if is_news {
            self.nodes.insert(path.to_owned(), node);
        }
        is_news
    }

    /// Notes an option, a list or a map, and answers whether something is to be in it.
    pub(super) fn enter(&mut self, path: &str, node: Node) -> bool {
        self.see(path, node);
        self.around.push(path.to_owned());
        !self.empty.contains(path)
    }

    pub(super) fn leave(&mut self) {
        self.around.pop();
    }

    /// Notes that a type is being read, unless it is already: then nearest around it stays empty.
    pub(super) fn open(&mut self, path: &str, key: &'static str) -> Result<(), Stop> {
        if !self.open.contains(&key) {
            self.open.push(key);
            return Ok(());
        }
        self.see(path, Node::Leaf(Shape::Recursive));
        match self.around.last() {
            Some(nearest) if self.empty.insert(nearest.clone()) => Err(Stop::Again),
            Some(_) | None => {
                self.last_leaf = None;
                Err(Stop::Refused)
            }
        }
    }

    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// Notes a struct, and answers the fields that it gets.
    pub(super) fn fields(
        &mut self,
        path: &str,
        fields: &'static [&'static str],
    ) -> Vec<&'static str> {
        let required = fields.iter().map(|field| (*field, false)).collect();
        if self.see(path, Node::Struct(required)) {
            for field in fields {
                self.waiting.push_back(Experiment {
                    left_out: Some((path.to_owned(), field)),
                    ..self.current.clone()
                });
            }
        }
        let given = fields.iter().copied();
        given
            .filter(|field| !self.aliases.contains(&(path.to_owned(), field)))
            .filter(|field| self.left_out(path) != Some(field))
            .collect()
    }

    /// The field of this struct that is left out this time.
    fn left_out(&self, path: &str) -> Option<&'static str> {
        let (at, field) = self.current.left_out.as_ref()?;
        (at == path).then_some(*field)
    }

    /// Notes that the struct could be read without what was left out.
    pub(super) fn read_without(&mut self, path: &str) {
        let Some(field) = self.left_out(path) else {
            return;
        };
        if let Some(Node::Struct(fields)) = self.nodes.get_mut(path)
            && let Some(optional) = fields.get_mut(field)
        {
            *optional = true;
        }
    }

    /// Notes that two names stand for one field, and the second is not to be given.
    pub(super) fn alias(&mut self, path: &str, field: &'static str) {
        self.aliases.insert((path.to_owned(), field));
        if let Some(Node::Struct(fields)) = self.nodes.get_mut(path) {
            fields.remove(field);
        }
    }

    /// Notes an enum, and answers which variant it gets, and whether it is looked into.
    pub(super) fn variant(
        &mut self,
        path: &str,
        key: &'static str,
        variants: &'static [&'static str],
    ) -> Result<(usize, bool), Stop> {
        if self.open.contains(&key) {
            let is_known = self.plain_variants.get(key).copied();
            if let Some(plain) = is_known {
                self.see(path, Node::Leaf(Shape::Recursive));
                return Ok((plain, false));
            }
            return self.open(path, key).map(|()| (0, false));
        }
        if self.see(path, Node::Enum(variants)) {
            // Twice: what a variant holds may need another one that is not known yet.
            for index in (0..variants.len()).chain(0..variants.len()).skip(1) {
                let mut next = self.current.clone();
                next.variants.insert(path.to_owned(), index);
                self.waiting.push_back(next);
            }
        }
        self.open.push(key);
        let chosen = self.current.variants.get(path).copied();
        let plain = self.plain_variants.get(key).copied();
        Ok((chosen.or(plain).unwrap_or_default(), true))
    }

    /// Notes that a variant could be read.
    pub(super) fn read_variant(&mut self, key: &'static str, index: usize) {
        self.plain_variants.entry(key).or_insert(index);
    }

    /// The shape at a place, as far as it was seen.
    pub(super) fn shape(&self, path: &str) -> Shape {
        let at = |part: &str| Box::new(self.shape(&format!("{path}{part}")));
        match self.nodes.get(path) {
            None => Shape::Any,
            Some(Node::Leaf(shape)) => shape.clone(),
            Some(Node::Option) => Shape::Optional(at("?")),
            Some(Node::List) => Shape::List(at("[]")),
            Some(Node::Map) => Shape::Map(at("{key}"), at("{value}")),
            Some(Node::Tuple(len)) => {
                Shape::Tuple((0..*len).map(|index| *at(&format!("({index})"))).collect())
            }
            Some(Node::Struct(fields)) => {
                let fields = fields.iter().map(|(name, optional)| {
                    let field = Field {
                        optional: *optional,
                        shape: *at(&format!(".{name}")),
                    };
                    ((*name).to_owned(), field)
                });
                Shape::Struct(fields.collect())
            }
            Some(Node::Enum(variants)) => {
                let variants = variants.iter();
                let each = variants.map(|name| ((*name).to_owned(), *at(&format!("/{name}"))));
                Shape::Enum(each.collect())
            }
        }
    }
}
