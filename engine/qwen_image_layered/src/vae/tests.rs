//! The VAE at its published size on a GPU, with random weights; without a GPU nothing is tested.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use engine::{DeviceChoice, Precision, Tiling};
use runtime::Placement;
use runtime::weights::{Loading, WeightFiles, Weights};

use super::Vae;
use crate::config::VaeConfig;

/// Random tensors by name, such that each layer keeps its input's size.
#[derive(Default)]
struct Tensors(HashMap<String, Tensor>);

impl Tensors {
    fn random(&mut self, name: String, shape: &[usize], scale: f64) {
        let tensor = Tensor::randn(0.0_f32, 1.0, shape, &Device::Cpu)
            .and_then(|x| (x * scale)?.to_dtype(DType::BF16))
            .expect("random numbers");
        self.0.insert(name, tensor);
    }

    /// `depth`: frames of a 3-D kernel.
    fn conv(&mut self, name: &str, [inputs, outputs]: [usize; 2], kernel: usize, depth: bool) {
        let mut shape = vec![outputs, inputs, kernel, kernel];
        if depth {
            shape.insert(2, kernel);
        }
        let scale = 1.0 / ((inputs * kernel * kernel) as f64).sqrt();
        self.random(format!("{name}.weight"), &shape, scale);
        self.random(format!("{name}.bias"), &[outputs], 0.1);
    }

    fn norm(&mut self, name: &str, channels: usize, dimensions: usize) {
        let mut shape = vec![1; dimensions + 1];
        shape[0] = channels;
        self.random(format!("{name}.gamma"), &shape, 1.0);
    }

    fn residual(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.norm(&format!("{name}.norm1"), inputs, 3);
        self.conv(&format!("{name}.conv1"), [inputs, outputs], 3, true);
        self.norm(&format!("{name}.norm2"), outputs, 3);
        self.conv(&format!("{name}.conv2"), [outputs, outputs], 3, true);
        if inputs != outputs {
            self.conv(&format!("{name}.conv_shortcut"), [inputs, outputs], 1, true);
        }
    }

    fn middle(&mut self, name: &str, channels: usize) {
        self.residual(&format!("{name}.resnets.0"), channels, channels);
        self.residual(&format!("{name}.resnets.1"), channels, channels);
        let attention = format!("{name}.attentions.0");
        self.norm(&format!("{attention}.norm"), channels, 2);
        self.conv(
            &format!("{attention}.to_qkv"),
            [channels, 3 * channels],
            1,
            false,
        );
        self.conv(&format!("{attention}.proj"), [channels, channels], 1, false);
    }

    /// All that the published configuration has.
    fn published() -> Self {
        let mut all = Self::default();
        all.conv("encoder.conv_in", [4, 96], 3, true);
        let mut index = 0;
        let mut channels = 96;
        for (level, width) in [96, 192, 384, 384].into_iter().enumerate() {
            for _ in 0..2 {
                all.residual(&format!("encoder.down_blocks.{index}"), channels, width);
                channels = width;
                index += 1;
            }
            if level < 3 {
                let name = format!("encoder.down_blocks.{index}.resample.1");
                all.conv(&name, [width, width], 3, false);
                index += 1;
            }
        }
        all.middle("encoder.mid_block", 384);
        all.norm("encoder.norm_out", 384, 3);
        all.conv("encoder.conv_out", [384, 32], 3, true);
        all.conv("quant_conv", [32, 32], 1, true);
        all.conv("post_quant_conv", [16, 16], 1, true);
        all.conv("decoder.conv_in", [16, 384], 3, true);
        all.middle("decoder.mid_block", 384);
        let mut channels = 384;
        for (level, width) in [384, 384, 192, 96].into_iter().enumerate() {
            let block = format!("decoder.up_blocks.{level}");
            for index in 0..3 {
                all.residual(&format!("{block}.resnets.{index}"), channels, width);
                channels = width;
            }
            if level < 3 {
                let name = format!("{block}.upsamplers.0.resample.1");
                all.conv(&name, [width, width / 2], 3, false);
                channels = width / 2;
            }
        }
        all.norm("decoder.norm_out", 96, 3);
        all.conv("decoder.conv_out", [96, 4], 3, true);
        all
    }
}

fn vae(files: &WeightFiles, precision: Precision) -> Vae {
    let placement = Placement::new(DeviceChoice::Cuda(0), precision).expect("the GPU");
    let loading = Loading::silent(&());
    let weights = Weights::new(files, &loading, placement.of(runtime::Part::Vae));
    Vae::load(&VaeConfig::default(), &weights, &placement).expect("loads")
}

fn error(found: &Tensor, expected: &Tensor) -> f32 {
    let cpu = |x: &Tensor| {
        let x = x
            .to_dtype(DType::F32)
            .and_then(|x| x.to_device(&Device::Cpu));
        x.and_then(|x| x.contiguous()).expect("copy")
    };
    let (found, expected) = (cpu(found), cpu(expected));
    let norm = |x: &Tensor| {
        let sum = x.sqr().and_then(|x| x.sum_all());
        sum.and_then(|x| x.to_scalar::<f32>()).expect("sum").sqrt()
    };
    norm(&(found - &expected).expect("difference")) / norm(&expected)
}

#[test]
fn the_published_vae_in_bf16_is_the_one_in_f32_but_for_rounding() {
    let Ok(device) = Device::new_cuda(0) else {
        println!("no GPU, nothing tested");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vae.safetensors");
    candle_core::safetensors::save(&Tensors::published().0, &path).expect("saved");
    let shards = [path.clone()];
    let files = WeightFiles::open(&path, &shards, |name| Some(name.to_owned())).expect("opened");
    let narrow = vae(&files, Precision::Bf16);
    let wide = vae(&files, Precision::F32);
    let latents = Tensor::randn(0.0_f32, 1.0, (1, 16, 24, 34), &device).expect("latents");
    let pixels = Tensor::randn(0.0_f32, 0.5, (1, 4, 192, 272), &device).expect("pixels");
    for tiling in [Tiling::Off, Tiling::On] {
        let decoded = |vae: &Vae| vae.decode(&latents, tiling, &()).expect("decoded");
        let encoded = |vae: &Vae| vae.encode(&pixels, tiling, &()).expect("encoded");
        let errors = [
            error(&decoded(&narrow), &decoded(&wide)),
            error(&encoded(&narrow), &encoded(&wide)),
        ];
        // Torch's bf16 differs as much: some thirty layers, each rounded to 8 bits.
        assert!(errors.iter().all(|error| *error < 0.05), "{errors:?}");
    }
}
