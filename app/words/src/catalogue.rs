use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::built_in::{self, ENGLISH};

/// The messages of one language after another: each is said in the first that has it.
pub struct Catalogue {
    languages: Vec<FluentBundle<FluentResource>>,
}

/// English.
impl Default for Catalogue {
    fn default() -> Self {
        Self::empty().preferring(ENGLISH, built_in::messages(ENGLISH).unwrap_or_default())
    }
}

impl Catalogue {
    pub(crate) fn empty() -> Self {
        Self {
            languages: Vec::new(),
        }
    }

    /// Says first what `source`, a Fluent file of `language` ("de", "pt-BR"), has. What in it is no message is passed
    /// over.
    pub fn preferring(mut self, language: &str, source: &str) -> Self {
        let resource = FluentResource::try_new(source.to_owned());
        let messages = resource.unwrap_or_else(|(sound, _)| sound);
        // By it plurals are chosen.
        let language: LanguageIdentifier = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // The marks around an argument show as boxes in fonts that lack them.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(messages);
        self.languages.insert(0, bundle);
        self
    }

    /// The key itself where no language has it.
    pub(crate) fn say(&self, key: &str, arguments: &[(&'static str, Value<'_>)]) -> String {
        self.message(key, arguments)
            .unwrap_or_else(|| key.to_owned())
    }

    pub(crate) fn message(
        &self,
        key: &str,
        arguments: &[(&'static str, Value<'_>)],
    ) -> Option<String> {
        let arguments = arguments
            .iter()
            .map(|(name, value)| (*name, value.0.clone()));
        let arguments: FluentArgs<'_> = arguments.collect();
        self.languages
            .iter()
            .find_map(|language| message(language, key, &arguments))
    }
}

/// `None` too where the message asks for an argument that is not given.
fn message(
    language: &FluentBundle<FluentResource>,
    key: &str,
    arguments: &FluentArgs<'_>,
) -> Option<String> {
    let pattern = match key.split_once('.') {
        Some((key, attribute)) => language
            .get_message(key)?
            .get_attribute(attribute)
            .map(|attribute| attribute.value()),
        None => language.get_message(key)?.value(),
    };
    let mut errors = Vec::new();
    let said = language.format_pattern(pattern?, Some(arguments), &mut errors);
    errors.is_empty().then(|| said.into_owned())
}

/// What stands in a message where it names an argument.
#[derive(Debug, Clone)]
pub struct Value<'a>(FluentValue<'a>);

/// Text, and whole numbers, by which a message may choose its plural. Others are given as text.
pub trait Argument {
    fn value(&self) -> Value<'_>;
}

macro_rules! arguments {
    ($($kind:ty),+) => {
        $(impl Argument for $kind {
            fn value(&self) -> Value<'_> {
                Value(FluentValue::from(*self))
            }
        })+
    };
}

arguments!(u8, u16, u32, u64, usize, i32, i64);

impl Argument for str {
    fn value(&self) -> Value<'_> {
        Value(FluentValue::from(self))
    }
}

impl Argument for String {
    fn value(&self) -> Value<'_> {
        self.as_str().value()
    }
}

impl Argument for Cow<'_, str> {
    fn value(&self) -> Value<'_> {
        self.as_ref().value()
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> Value<'_> {
        T::value(self)
    }
}
