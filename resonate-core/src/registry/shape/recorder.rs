//! A source of made-up values that records what it is asked for.

use std::any::type_name;
use std::cell::RefCell;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::Shape;
use super::record::{Node, Record, SAMPLES, Stop};

/// Texts that some type or other is parsed from.
const TEXTS: [&str; SAMPLES] = [
    "",
    "a",
    "1",
    "EUR",
    "2024-02-29T12:00:00Z",
    "2024-02-29",
    "12:00:00",
    "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "http://example.com/",
    "127.0.0.1",
    "127.0.0.1:80",
    "::1",
];
const NUMBERS: [u8; SAMPLES] = [1, 0, 2, 10, 100, 64, 4, 8, 16, 32, 50, 7];

/// The place of a value in the type that is read.
pub(super) struct Recorder<'r> {
    record: &'r RefCell<Record>,
    path: String,
}

impl<'r> Recorder<'r> {
    pub(super) fn root(record: &'r RefCell<Record>) -> Self {
        Self {
            record,
            path: String::new(),
        }
    }

    fn at(&self, part: &str) -> Self {
        Self {
            record: self.record,
            path: format!("{}{part}", self.path),
        }
    }

    fn leaf(&self, shape: Shape) -> usize {
        self.record.borrow_mut().leaf(&self.path, shape)
    }

    fn number(&self, name: &str) -> u8 {
        let sample = self.leaf(Shape::Number(name.to_owned()));
        NUMBERS.get(sample).copied().unwrap_or(1)
    }

    fn text(&self) -> &'static str {
        let sample = self.leaf(Shape::Text);
        TEXTS.get(sample).copied().unwrap_or_default()
    }

    /// Reads the fields of a struct, or of a variant that is like one.
    fn read_fields<'de, V: Visitor<'de>>(
        &self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let given = self.record.borrow_mut().fields(&self.path, fields);
        let mut access = Fields {
            of: self,
            given: given.into_iter(),
            current: None,
        };
        let read = visitor.visit_map(&mut access);
        let mut record = self.record.borrow_mut();
        match (&read, access.current) {
            (Ok(_), _) => record.read_without(&self.path),
            // Two names for one field; `Again` from inside of it has been noted there.
            (Err(Stop::Again), Some((field, false))) => record.alias(&self.path, field),
            (Err(_), _) => {}
        }
        read
    }

    fn read_parts<'de, V: Visitor<'de>>(&self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.record.borrow_mut().see(&self.path, Node::Tuple(len));
        visitor.visit_seq(Parts {
            of: self,
            places: (0..len)
                .map(|index| format!("({index})"))
                .collect::<Vec<_>>()
                .into_iter(),
        })
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $name:ident;)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
                let number = self.number(stringify!($name));
                #[allow(clippy::cast_possible_wrap, reason = "they are all small")]
                visitor.$visit(number as $name)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Recorder<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.leaf(Shape::Any) {
            0 => visitor.visit_unit(),
            1 => visitor.visit_str(""),
            2 => visitor.visit_u64(1),
            3 => visitor.visit_bool(true),
            4 => visitor.visit_map(Fields {
                of: &self,
                given: Vec::new().into_iter(),
                current: None,
            }),
            _rest => visitor.visit_seq(Parts {
                of: &self,
                places: Vec::new().into_iter(),
            }),
        }
    }

    numbers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
        deserialize_f32 visit_f32 f32;
        deserialize_f64 visit_f64 f64;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let sample = self.leaf(Shape::Bool);
        visitor.visit_bool(sample == 0)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.leaf(Shape::Text);
        visitor.visit_char('a')
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_string(self.text().to_owned())
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.leaf(Shape::Bytes);
        visitor.visit_bytes(&[])
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.leaf(Shape::Bytes);
        visitor.visit_byte_buf(Vec::new())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let is_full = self.record.borrow_mut().enter(&self.path, Node::Option);
        if !is_full {
            self.record.borrow_mut().leave();
            return visitor.visit_none();
        }
        let read = visitor.visit_some(self.at("?"))?;
        self.record.borrow_mut().leave();
        Ok(read)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.leaf(Shape::Unit);
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let is_full = self.record.borrow_mut().enter(&self.path, Node::List);
        let places = if is_full {
            vec!["[]".to_owned()]
        } else {
            Vec::new()
        };
        let read = visitor.visit_seq(Parts {
            of: &self,
            places: places.into_iter(),
        })?;
        self.record.borrow_mut().leave();
        Ok(read)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.read_parts(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.read_parts(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let is_full = self.record.borrow_mut().enter(&self.path, Node::Map);
        let read = visitor.visit_map(Pairs {
            of: &self,
            left: usize::from(is_full),
        })?;
        self.record.borrow_mut().leave();
        Ok(read)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.record
            .borrow_mut()
            .open(&self.path, type_name::<V>())?;
        let read = self.read_fields(fields, visitor)?;
        self.record.borrow_mut().close();
        Ok(read)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let key = type_name::<V>();
        let (index, is_new) = self
            .record
            .borrow_mut()
            .variant(&self.path, key, variants)?;
        let Some(name) = variants.get(index).copied() else {
            return Err(Stop::Refused);
        };
        let read = visitor.visit_enum(Variant {
            content: self.at(&format!("/{name}")),
            name,
        })?;
        if is_new {
            let mut record = self.record.borrow_mut();
            record.close();
            record.read_variant(key, index);
        }
        Ok(read)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_str("")
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_unit()
    }
}

struct Fields<'a, 'r> {
    of: &'a Recorder<'r>,
    given: std::vec::IntoIter<&'static str>,
    /// The field that was begun last, and whether its value was asked for.
    current: Option<(&'static str, bool)>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        let Some(field) = self.given.next() else {
            return Ok(None);
        };
        self.current = Some((field, false));
        seed.deserialize(StrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Stop> {
        let (field, _) = self.current.ok_or(Stop::Refused)?;
        self.current = Some((field, true));
        seed.deserialize(self.of.at(&format!(".{field}")))
    }
}

struct Pairs<'a, 'r> {
    of: &'a Recorder<'r>,
    left: usize,
}

impl<'de> MapAccess<'de> for Pairs<'_, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.of.at("{key}")).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Stop> {
        seed.deserialize(self.of.at("{value}"))
    }
}

struct Parts<'a, 'r> {
    of: &'a Recorder<'r>,
    places: std::vec::IntoIter<String>,
}

impl<'de> SeqAccess<'de> for Parts<'_, '_> {
    type Error = Stop;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Stop> {
        match self.places.next() {
            Some(place) => seed.deserialize(self.of.at(&place)).map(Some),
            None => Ok(None),
        }
    }
}

struct Variant<'r> {
    content: Recorder<'r>,
    name: &'static str,
}

impl<'de, 'r> EnumAccess<'de> for Variant<'r> {
    type Error = Stop;
    type Variant = Recorder<'r>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Recorder<'r>), Stop> {
        let name = seed.deserialize(StrDeserializer::new(self.name))?;
        Ok((name, self.content))
    }
}

impl<'de> VariantAccess<'de> for Recorder<'_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        self.leaf(Shape::Unit);
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Stop> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.read_parts(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.read_fields(fields, visitor)
    }
}
