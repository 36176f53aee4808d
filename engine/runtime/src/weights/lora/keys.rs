//! How the makers of LoRAs name what is in them (huggingface/diffusers, `loaders/lora_conversion_utils.py`; Comfy-Org/ComfyUI,
//! `comfy/lora.py`; KohakuBlueleaf/LyCORIS).

use std::collections::HashMap;

/// What a tensor is of its module's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Down,
    Up,
    Alpha,
    /// Of LoHa, the products' factors, and of LoKr, the two matrices or their factors.
    Hada(Factor),
    Kron(Factor),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Factor {
    First,
    FirstA,
    FirstB,
    Second,
    SecondA,
    SecondB,
}

/// Who writes a module's name so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Diffusers,
    Peft,
    Comfy,
    Kohya,
    Lycoris,
    /// The model's own names: DiffSynth's and Lightning's.
    Bare,
}

const ENDINGS: [(&str, Role); 23] = [
    (".lora_A.weight", Role::Down),
    (".lora_A.default.weight", Role::Down),
    (".lora_A", Role::Down),
    (".lora_down.weight", Role::Down),
    (".lora_down", Role::Down),
    (".lora.down.weight", Role::Down),
    (".lora_B.weight", Role::Up),
    (".lora_B.default.weight", Role::Up),
    (".lora_B", Role::Up),
    (".lora_up.weight", Role::Up),
    (".lora_up", Role::Up),
    (".lora.up.weight", Role::Up),
    (".alpha", Role::Alpha),
    (".hada_w1_a", Role::Hada(Factor::FirstA)),
    (".hada_w1_b", Role::Hada(Factor::FirstB)),
    (".hada_w2_a", Role::Hada(Factor::SecondA)),
    (".hada_w2_b", Role::Hada(Factor::SecondB)),
    (".lokr_w1", Role::Kron(Factor::First)),
    (".lokr_w1_a", Role::Kron(Factor::FirstA)),
    (".lokr_w1_b", Role::Kron(Factor::FirstB)),
    (".lokr_w2", Role::Kron(Factor::Second)),
    (".lokr_w2_a", Role::Kron(Factor::SecondA)),
    (".lokr_w2_b", Role::Kron(Factor::SecondB)),
];

const BEGINNINGS: [(&str, Dialect); 7] = [
    ("transformer.", Dialect::Diffusers),
    ("base_model.model.transformer.", Dialect::Peft),
    ("base_model.model.", Dialect::Peft),
    ("model.diffusion_model.", Dialect::Comfy),
    ("diffusion_model.", Dialect::Comfy),
    ("lora_unet_", Dialect::Kohya),
    ("lycoris_", Dialect::Lycoris),
];

/// The model's modules, found by any dialect's name.
pub(super) struct Modules {
    /// By its name and by that with underscores for dots.
    names: HashMap<String, String>,
}

impl Modules {
    pub fn new(names: impl Iterator<Item = String>) -> Self {
        let names =
            names.flat_map(|name| [(name.clone(), name.clone()), (name.replace('.', "_"), name)]);
        Self {
            names: names.collect(),
        }
    }

    /// The module that a tensor belongs to, what it is there, and whose name it has.
    pub fn find(&self, key: &str) -> Option<(&str, Role, Dialect)> {
        let endings = ENDINGS.iter();
        let (written, role) = endings
            .filter_map(|(ending, role)| Some((key.strip_suffix(ending)?, *role)))
            .next()?;
        let dialects = BEGINNINGS.iter().copied().chain([("", Dialect::Bare)]);
        dialects
            .filter_map(|(beginning, dialect)| {
                let module = self.names.get(written.strip_prefix(beginning)?)?;
                Some((module.as_str(), role, dialect))
            })
            .next()
    }
}

/// The model that these keys are of, where it is a well-known one.
pub(super) fn family<'a>(mut keys: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    const MARKS: [(&str, &str); 9] = [
        ("single_transformer_blocks", "FLUX"),
        ("double_blocks", "FLUX"),
        ("single_blocks", "FLUX"),
        ("joint_blocks", "Stable Diffusion 3"),
        ("down_blocks", "Stable Diffusion"),
        ("input_blocks", "Stable Diffusion"),
        ("cross_attn", "Wan"),
        ("context_refiner", "Z-Image or Lumina"),
        ("text_encoder", "a text encoder"),
    ];
    keys.find_map(|key| {
        let found = MARKS.iter().find(|(mark, _)| key.contains(mark));
        found.map(|(_, model)| *model)
    })
}
