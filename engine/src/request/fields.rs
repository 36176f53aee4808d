//! A request told by some of its fields, as a form, a line of a list or a client's JSON tells it.

use serde_json::{Map, Value};

use super::DecomposeRequest;
use crate::EngineError;

/// Fields whose own fields may stand beside them.
const NESTED: [&str; 2] = ["diffusion", "hardware"];
const BACKEND: &str = "backend";

impl DecomposeRequest {
    /// This request with `fields` in place of its own. They have the names and forms of the text form; those of `diffusion`
    /// and `hardware` may also stand by themselves (`"resolution"`), a backend may be its id, and a number or a switch may be
    /// written as text, as a form sends it.
    ///
    /// # Errors
    /// [`EngineError::InvalidRequest`] for a field that there is not, or that cannot have that value.
    pub fn with_fields(&self, fields: &Map<String, Value>) -> Result<Self, EngineError> {
        let mut text = object(self)?;
        let forms = object(&Self::new(Default::default()))?;
        for (name, value) in fields {
            set(&mut text, &forms, name, value)?;
        }
        let read: Self = serde_json::from_value(Value::Object(text))
            .map_err(|error| EngineError::InvalidRequest(error.to_string()))?;
        Ok(Self {
            source: self.source.clone(),
            previews: self.previews,
            dump: self.dump.clone(),
            ..read
        })
    }

    /// Whether both ask for the same of a picture, whichever it is.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let unfollowed = |request: &Self| Self {
            source: Default::default(),
            previews: false,
            dump: None,
            ..request.clone()
        };
        unfollowed(self) == unfollowed(other)
    }
}

/// `forms` has a value of the right kind for each field.
fn set(
    text: &mut Map<String, Value>,
    forms: &Map<String, Value>,
    name: &str,
    value: &Value,
) -> Result<(), EngineError> {
    if let (true, Value::Object(fields)) = (NESTED.contains(&name), value) {
        let (Some(inner), Some(forms)) = (
            text.get_mut(name).and_then(Value::as_object_mut),
            forms.get(name).and_then(Value::as_object),
        ) else {
            return Err(unknown(name));
        };
        return fields
            .iter()
            .try_for_each(|(name, value)| set(inner, forms, name, value));
    }
    if let Some(form) = forms.get(name) {
        text.insert(name.to_owned(), as_form(name, form, value));
        return Ok(());
    }
    for outer in NESTED {
        let form = forms.get(outer).and_then(|forms| forms.get(name));
        let inner = text.get_mut(outer).and_then(Value::as_object_mut);
        if let (Some(form), Some(inner)) = (form, inner) {
            inner.insert(name.to_owned(), as_form(name, form, value));
            return Ok(());
        }
    }
    Err(unknown(name))
}

fn as_form(name: &str, form: &Value, value: &Value) -> Value {
    match (form, value) {
        (_, Value::String(id)) if name == BACKEND && id != "auto" => {
            serde_json::json!({ "named": id })
        }
        (Value::String(_), Value::Number(_) | Value::Bool(_)) => Value::String(value.to_string()),
        (Value::String(_), _) => value.clone(),
        // Python's forms write a capital.
        (Value::Bool(_), Value::String(written)) => match written.to_lowercase().as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => value.clone(),
        },
        (_, Value::String(written)) => {
            serde_json::from_str(written).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    }
}

fn unknown(name: &str) -> EngineError {
    EngineError::InvalidRequest(format!(
        "\"{name}\" is no setting of a decomposition; leave it out or correct its name"
    ))
}

fn object(request: &DecomposeRequest) -> Result<Map<String, Value>, EngineError> {
    match serde_json::to_value(request) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(EngineError::InvalidRequest(
            "the request has no text form".into(),
        )),
    }
}
