//! LoRAs: files of small matrices whose products are added to a model's weights when those are loaded.

mod change;
mod keys;
mod side;

use std::collections::{BTreeMap, HashMap};

use candle_core::{Device, Tensor};
use engine::Lora;
use serde_json::Value;

use super::WeightFiles;
use crate::{ModelError, Result};
use change::{Change, Tensors, tensor};
use keys::{Dialect, Modules, Role, family};

/// Where diffusers writes what peft knew (huggingface/diffusers, `loaders/lora_base.py`, `LORA_ADAPTER_METADATA_KEY`).
const ADAPTER_METADATA: &str = "lora_adapter_metadata";
const WEIGHT: &str = ".weight";

/// All LoRAs of a model.
#[derive(Default)]
pub struct Loras(Vec<OpenLora>);

struct OpenLora {
    files: WeightFiles,
    strength: f32,
    /// By the model's module.
    changes: HashMap<String, Change>,
    /// How many of its tensors fit nothing.
    left_out: usize,
    adapter: Value,
}

impl Loras {
    /// Reads headers only. Fails where a file has nothing for this model, or what does not fit it.
    pub fn open(loras: &[Lora], model: &WeightFiles) -> Result<Self> {
        let weights = model.names().filter_map(|name| name.strip_suffix(WEIGHT));
        let modules = Modules::new(weights.map(str::to_owned));
        let open = |lora: &Lora| OpenLora::open(lora, &modules, model);
        Ok(Self(loras.iter().map(open).collect::<Result<_>>()?))
    }

    /// Sentences for the user.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.0.iter().filter(|lora| lora.left_out > 0);
        let notes = notes.map(|lora| {
            let (all, file) = (lora.files.names().count(), lora.files.path().display());
            format!(
                "{} of the {all} tensors of {file} fit nothing in this model and were left out.",
                lora.left_out
            )
        });
        notes.collect()
    }

    /// Whether what they add to a weight can go [beside](Self::factors) it.
    pub fn go_beside(&self, weight: &str) -> bool {
        let module = weight.strip_suffix(WEIGHT).unwrap_or(weight);
        let fits =
            |lora: &OpenLora| !lora.changes.contains_key(module) || lora.rank(module).is_some();
        self.0.iter().all(fits)
    }

    /// Whether all that they add are products of two narrow matrices, which need not be added to the weights themselves.
    pub fn are_products(&self) -> bool {
        self.0.iter().all(|lora| {
            let mut modules = lora.changes.keys();
            modules.all(|module| lora.rank(module).is_some())
        })
    }

    /// What all of them together add to a weight of this shape, in f32.
    pub fn added(&self, weight: &str, shape: &[usize], device: &Device) -> Result<Option<Tensor>> {
        let (Some(module), &[rows, columns]) = (weight.strip_suffix(WEIGHT), shape) else {
            return Ok(None);
        };
        let mut sum: Option<Tensor> = None;
        for lora in &self.0 {
            if let Some(own) = lora.added(module, [rows, columns], device)? {
                sum = Some(match sum {
                    Some(sum) => (sum + own)?,
                    None => own,
                });
            }
        }
        Ok(sum)
    }
}

impl OpenLora {
    fn open(lora: &Lora, modules: &Modules, model: &WeightFiles) -> Result<Self> {
        let path = lora.file.as_path();
        if !path.is_file() {
            return Err(ModelError::NotFound(path.to_owned()));
        }
        let files = WeightFiles::open(path, &[path.to_owned()], |name| Some(name.to_owned()))?;
        let refused = |reason: String| ModelError::WrongModel {
            path: path.to_owned(),
            reason,
        };
        let mut changes: BTreeMap<String, (Dialect, Change)> = BTreeMap::new();
        let mut left_out = 0;
        for key in files.names() {
            let Some((module, role, dialect)) = modules.find(key) else {
                left_out += 1;
                continue;
            };
            let entry = changes.entry(module.to_owned());
            let (first, change) = entry.or_insert_with(|| (dialect, Change::default()));
            let twice = change.tensors.insert(role, key.to_owned()).is_some();
            if twice || *first != dialect {
                return Err(refused(format!(
                    "has {module} twice, by two programs' names; choose a LoRA that one program wrote"
                )));
            }
        }
        if changes.is_empty() {
            let made_for = match family(files.names()) {
                Some(other) => format!("is a LoRA of {other} and not of this model"),
                None => "is no LoRA of this model: it names none of its layers".to_owned(),
            };
            return Err(refused(format!(
                "{made_for}; choose one of Qwen-Image or Qwen-Image-Layered"
            )));
        }
        let this = Self {
            adapter: adapter(&files)?,
            changes: changes
                .into_iter()
                .map(|(module, (_, change))| (module, change))
                .collect(),
            strength: lora.strength,
            left_out,
            files,
        };
        this.check(model)?;
        Ok(this)
    }

    /// By headers alone, before anything long begins.
    fn check(&self, model: &WeightFiles) -> Result<()> {
        for (module, change) in &self.changes {
            if change.form().is_none() {
                return Err(ModelError::corrupt(
                    self.files.path(),
                    format!("{module} has only a part of its change"),
                ));
            }
            let size = |role, at| self.size(change, role, at);
            let ranks = size(Role::Down, 0).zip(size(Role::Up, 1));
            let shape = size(Role::Up, 0).zip(size(Role::Down, 1));
            if let (Some((down, up)), Some((rows, columns))) = (ranks, shape) {
                let own = model.shape(&format!("{module}{WEIGHT}"));
                if down != up || own.as_deref() != Some(&[rows, columns]) {
                    return Err(self.does_not_fit(module));
                }
            }
        }
        Ok(())
    }

    /// By headers, of one of a change's tensors in this direction.
    fn size(&self, change: &Change, role: Role, at: usize) -> Option<usize> {
        let shape = self.files.shape(change.tensors.get(&role)?)?;
        shape.get(at).copied()
    }

    fn does_not_fit(&self, module: &str) -> ModelError {
        ModelError::WrongModel {
            path: self.files.path().to_owned(),
            reason: format!(
                "does not fit this model: its matrices for {module} have another size; choose a LoRA of Qwen-Image"
            ),
        }
    }

    fn added(&self, module: &str, shape: [usize; 2], device: &Device) -> Result<Option<Tensor>> {
        let Some(tensors) = self.tensors(module, device)? else {
            return Ok(None);
        };
        match tensors.whole(shape)? {
            Some(whole) => Ok(Some((whole * f64::from(self.strength))?)),
            None => Err(self.does_not_fit(module)),
        }
    }

    /// Of a module's change, if it has one.
    fn tensors(&self, module: &str, device: &Device) -> Result<Option<Tensors>> {
        let change = self.changes.get(module);
        let Some((change, form)) = change.and_then(|change| Some((change, change.form()?))) else {
            return Ok(None);
        };
        let mut found = HashMap::new();
        for (role, name) in &change.tensors {
            let (numbers, shape) = self.files.numbers(name)?;
            found.insert(*role, tensor(numbers, &shape, device)?);
        }
        Ok(Some(Tensors {
            form,
            found,
            alpha: self.alpha(module),
            rank_stabilised: self.adapter_value("use_rslora").and_then(Value::as_bool)
                == Some(true),
        }))
    }

    /// By peft's configuration: a module's own, or that of all.
    fn alpha(&self, module: &str) -> Option<f64> {
        let own = self
            .adapter_value("alpha_pattern")
            .and_then(Value::as_object);
        let own = own.into_iter().flatten().find(|(pattern, _)| {
            let end = module.strip_suffix(pattern.as_str());
            end.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        let own = own.map(|(_, alpha)| alpha);
        own.or_else(|| self.adapter_value("lora_alpha"))?.as_f64()
    }

    fn adapter_value(&self, name: &str) -> Option<&Value> {
        let own = self.adapter.get(format!("transformer.{name}"));
        own.or_else(|| self.adapter.get(name))
    }
}

/// What peft knew of a LoRA: in the file, or as peft writes it beside its own.
fn adapter(files: &WeightFiles) -> Result<Value> {
    const BESIDE: &str = "adapter_config.json";
    const MOST_BYTES: u64 = 1 << 20;
    let (path, text) = match files
        .described()
        .find_map(|(path, metadata, _)| Some((path, metadata.text(ADAPTER_METADATA)?)))
    {
        Some((path, text)) => (path.to_owned(), text.to_owned()),
        None => {
            let beside = files.path().with_file_name(BESIDE);
            let is_pefts = files.path().file_stem() == Some("adapter_model".as_ref());
            let length = beside.metadata().map_or(0, |metadata| metadata.len());
            if !is_pefts || !beside.is_file() || length > MOST_BYTES {
                return Ok(Value::Null);
            }
            let text = std::fs::read_to_string(&beside);
            let text = text.map_err(|error| ModelError::io(&beside, error))?;
            (beside, text)
        }
    };
    serde_json::from_str(&text).map_err(|error| ModelError::config(&path, error.to_string()))
}
