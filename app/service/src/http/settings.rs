//! The settings of a decomposition as OpenAPI describes them: their kinds and defaults are the engine's request's own.

use engine::{
    CaptionLanguage, DecomposeRequest, OffloadChoice, Resolution, Rng, RngGpu, SpreadChoice, Tiling,
};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, SchemaType};
use utoipa::openapi::{ObjectBuilder, RefOr, Required, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// In a query.
pub struct Settings;
/// Beside a picture, as a form.
pub struct Form;
/// Beside a picture, as JSON.
pub struct PictureInJson;

/// Bytes of a file, as a body.
pub struct FileBytes;

/// A field of the request, what it is for, and, where there are few, all its values.
const FIELDS: [(&str, &str, &[&str]); 20] = [
    (
        "resolution",
        "Side of the square whose area the model works at",
        Resolution::WORDS,
    ),
    ("layers", "auto, or at most so many", &[]),
    ("backend", "auto, or a backend's id", &[]),
    ("seed", "Another seed gives other layers", &[]),
    (
        "rebuild",
        "Bring the layers to the picture's size and colours",
        &[],
    ),
    ("steps", "Denoising steps, 1 to 1000", &[]),
    (
        "guidance",
        "How much the prompt counts, 0 to 100; 1 or less is off and twice as fast",
        &[],
    ),
    (
        "normalize",
        "Scale guided predictions back to the length of unguided ones",
        &[],
    ),
    (
        "step_cache",
        "Reuse steps that begin alike: more than 0 and at most 1",
        &[],
    ),
    (
        "prompt",
        "What the picture shows; empty lets the model describe it",
        &[],
    ),
    ("negative_prompt", "What to keep away from", &[]),
    (
        "caption_language",
        "Language in which the model describes the picture",
        CaptionLanguage::WORDS,
    ),
    (
        "rng",
        "Which of torch's generators the seed reproduces",
        Rng::WORDS,
    ),
    ("rng_gpu", "The GPU whose generator that is", RngGpu::WORDS),
    ("device", "auto, cpu or cuda:N", &[]),
    ("gpus", "one, balanced, or numbers such as 0,1", &[]),
    ("spread", "How several GPUs are used", SpreadChoice::WORDS),
    (
        "precision",
        "auto, bf16, fp8, fp8-all, fp8-except:LIST or f32",
        &[],
    ),
    (
        "offload",
        "Where weights are while nothing computes with them",
        OffloadChoice::WORDS,
    ),
    ("tiling", "Run the VAE in tiles", Tiling::WORDS),
];

/// Not part of what a request is for; see [`DecomposeRequest::previews`].
const PREVIEWS: (&str, &str) = ("previews", "Show unfinished layers now and then");

/// What the engine's request has where nothing is asked for, field by field.
fn defaults() -> Map<String, Value> {
    let request = serde_json::to_value(DecomposeRequest::new(Default::default()));
    let Ok(Value::Object(mut fields)) = request else {
        return Map::new();
    };
    for outer in ["diffusion", "hardware"] {
        if let Some(Value::Object(inner)) = fields.remove(outer) {
            fields.extend(inner);
        }
    }
    fields
}

fn schemas() -> Vec<(&'static str, ObjectBuilder)> {
    let defaults = defaults();
    let mut schemas: Vec<_> = FIELDS
        .iter()
        .map(|(name, description, words)| {
            let default = defaults.get(*name).cloned().unwrap_or_default();
            let kind = match &default {
                Value::Bool(_) => Type::Boolean,
                Value::Number(number) if number.is_u64() => Type::Integer,
                Value::Number(_) | Value::Null => Type::Number,
                _ => Type::String,
            };
            let mut schema = ObjectBuilder::new()
                .schema_type(SchemaType::Type(kind))
                .description(Some(*description));
            if !words.is_empty() {
                schema = schema.enum_values(Some(words.iter().copied()));
            }
            if !default.is_null() {
                schema = schema.default(Some(default));
            }
            (*name, schema)
        })
        .collect();
    let previews = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Boolean))
        .description(Some(PREVIEWS.1));
    schemas.push((PREVIEWS.0, previews));
    schemas
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(description))
}

/// The settings beside `picture`.
fn with_picture(picture: ObjectBuilder) -> ObjectBuilder {
    let object = ObjectBuilder::new()
        .property("picture", picture)
        .property(
            "sha256",
            text("In place of a picture, the hash of one that the server has"),
        )
        .property("name", text("The picture's name, for people"));
    schemas()
        .into_iter()
        .fold(object, |object, (name, schema)| {
            object.property(name, schema)
        })
}

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let bytes = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        bytes.format(Some(format)).into()
    }
}

impl ToSchema for FileBytes {}

impl PartialSchema for Form {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        with_picture(text("The picture file").format(Some(format))).into()
    }
}

impl ToSchema for Form {
    fn name() -> std::borrow::Cow<'static, str> {
        "DecompositionForm".into()
    }
}

impl PartialSchema for PictureInJson {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Byte);
        with_picture(text("The picture file in base64").format(Some(format))).into()
    }
}

impl ToSchema for PictureInJson {
    fn name() -> std::borrow::Cow<'static, str> {
        "DecompositionJson".into()
    }
}

impl IntoParams for Settings {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |(name, schema): (&str, ObjectBuilder)| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some("Beside a picture's bytes"))
                .schema(Some(schema))
                .build()
        };
        schemas().into_iter().map(parameter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field that the engine gains is to be described here as well.
    #[test]
    fn every_field_of_a_request_is_described() {
        let described = FIELDS.map(|(name, ..)| name);
        let left_out = ["loras", "vram_budget", "retry"];
        for name in defaults().keys() {
            let is_known = described.contains(&name.as_str()) || left_out.contains(&name.as_str());
            assert!(is_known, "{name}");
        }
        for name in described {
            assert!(defaults().contains_key(name), "{name}");
        }
    }
}
