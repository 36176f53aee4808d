//! Times the transformer's products and row operations on the first CUDA device, and prints them beside what an H100 can do:
//! cargo run --release -p kernels --features cuda --example linear_speed
#![allow(clippy::expect_used, reason = "a tool ends where something fails")]

use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use kernels::{
    Matrix, Product, QkNorm, Result, Rotation, Rows, add_gated, gelu, linear, linear_add_gated,
    linear_stacked, mlp_add_gated, modulate, norm_and_turn, rms_norm, silu_mul,
};

/// TFLOP/s of large products on an H100, and its memory's TB/s.
const BF16: f64 = 735.0;
const FP8: f64 = 1300.0;
const MEMORY: f64 = 3.35;

const WIDTH: usize = 3072;
const HEADS: usize = 24;
const TEXT: usize = 256;
const RUNS: usize = 20;
/// At 640 and at 1024, with four layers.
const IMAGES: [usize; 2] = [9600, 24576];
const BLOCKS: usize = 60;

fn main() -> Result<()> {
    let device = Device::new_cuda(0)?;
    for missing in kernels::status(&device) {
        println!("{missing}");
    }
    for rows in IMAGES {
        row_operations(rows, &device)?;
    }
    for rows in IMAGES.into_iter().chain([TEXT]) {
        products(rows, &device)?;
    }
    one_row(&device)?;
    for fp8 in [false, true] {
        for rows in IMAGES {
            block(rows, fp8, &device)?;
        }
    }
    Ok(())
}

fn random(shape: impl Into<candle_core::Shape>, scale: f64, device: &Device) -> Result<Tensor> {
    (Tensor::randn(0f32, 1.0, shape, device)?.to_dtype(DType::BF16)?) * scale
}

/// Milliseconds of one call, of many queued one behind the other.
fn time<T>(device: &Device, call: impl Fn() -> Result<T>) -> Result<f64> {
    for _ in 0..3 {
        call()?;
    }
    device.synchronize()?;
    let start = Instant::now();
    for _ in 0..RUNS {
        call()?;
    }
    device.synchronize()?;
    Ok(start.elapsed().as_secs_f64() * 1e3 / RUNS as f64)
}

fn print_memory(name: &str, rows: usize, bytes: usize, ms: f64) {
    let speed = bytes as f64 / ms / 1e9;
    println!(
        "{name:<22} {rows:>6} rows {ms:>9.4} ms {speed:>8.2} TB/s {:>4.0} %",
        100.0 * speed / MEMORY
    );
}

fn print_product(name: &str, [rows, inputs, outputs]: [usize; 3], ms: f64, ceiling: f64) {
    let speed = 2.0 * (rows * inputs * outputs) as f64 / ms / 1e9;
    println!(
        "{name:<22} {rows:>6} x {inputs:>5} x {outputs:>5} {ms:>9.4} ms {speed:>8.0} TFLOP/s {:>4.0} %",
        100.0 * speed / ceiling
    );
}

fn rotation(tokens: usize, device: &Device) -> Result<Rotation> {
    let angles = Tensor::rand(
        0f32,
        std::f32::consts::TAU,
        (tokens, WIDTH / HEADS / 2),
        device,
    )?;
    Ok(Rotation {
        cos: angles.cos()?,
        sin: angles.sin()?,
    })
}

fn row_operations(rows: usize, device: &Device) -> Result<()> {
    let x = random((rows, WIDTH), 1.0, device)?;
    let other = random((rows, WIDTH), 1.0, device)?;
    let vector = random((1, WIDTH), 1.0, device)?;
    let weight = random(WIDTH, 1.0, device)?;
    let bytes = 2 * rows * WIDTH;
    let ms = time(device, || modulate(&x, &vector, &vector))?;
    print_memory("modulate", rows, 2 * bytes, ms);
    let ms = time(device, || add_gated(&x, &other, &vector))?;
    print_memory("add_gated", rows, 3 * bytes, ms);
    let ms = time(device, || rms_norm(&x, &weight, 1e-6))?;
    print_memory("rms_norm", rows, 2 * bytes, ms);
    let ms = time(device, || silu_mul(&x, &other))?;
    print_memory("silu_mul", rows, 3 * bytes, ms);
    let ms = time(device, || gelu(&x))?;
    print_memory("gelu", rows, 2 * bytes, ms);
    let ms = time(device, || kernels::Fp8Rows::new(&x))?;
    print_memory("to FP8", rows, bytes * 3 / 2, ms);
    let ms = time(device, || x.copy())?;
    print_memory("copy (candle)", rows, 2 * bytes, ms);

    let qkv = random((rows, 3 * WIDTH), 1.0, device)?;
    let norm = random(WIDTH / HEADS, 1.0, device)?;
    let norms = [QkNorm {
        rows,
        q: &norm,
        k: &norm,
        eps: 1e-6,
    }];
    let rotation = rotation(rows, device)?;
    let ms = time(device, || {
        norm_and_turn(qkv.clone(), HEADS, &norms, &rotation)
    })?;
    print_memory("norm_and_turn", rows, 4 * bytes, ms);
    Ok(())
}

fn products(rows: usize, device: &Device) -> Result<()> {
    for (inputs, outputs) in [
        (WIDTH, 3 * WIDTH),
        (WIDTH, WIDTH),
        (WIDTH, 4 * WIDTH),
        (4 * WIDTH, WIDTH),
    ] {
        let shape = [rows, inputs, outputs];
        let x = random((rows, inputs), 1.0, device)?;
        let weight = random((outputs, inputs), 0.02, device)?;
        let bias = random(outputs, 0.02, device)?;
        let transposed = weight.t()?;
        let ms = time(device, || x.matmul(&transposed))?;
        print_product("bf16, candle, no bias", shape, ms, BF16);
        for (name, matrix, ceiling) in [
            ("bf16", Matrix::Dense(weight.clone()), BF16),
            ("FP8", Matrix::fp8(&weight)?, FP8),
        ] {
            let product = Product {
                rows: Rows::Plain(&x),
                matrix: &matrix,
                bias: Some(&bias),
            };
            let ms = time(device, || linear(&product))?;
            print_product(name, shape, ms, ceiling);
            if outputs == WIDTH {
                let residual = random((rows, outputs), 1.0, device)?;
                let gate = random((1, outputs), 1.0, device)?;
                let ms = time(device, || linear_add_gated(&product, &residual, &gate))?;
                print_product(&format!("{name}, gate, residual"), shape, ms, ceiling);
            }
        }
    }
    Ok(())
}

/// Captions are written token by token by a language model of these widths.
fn one_row(device: &Device) -> Result<()> {
    for (inputs, outputs) in [(3584, 3584), (3584, 512), (3584, 18944), (18944, 3584)] {
        let x = random((1, inputs), 1.0, device)?;
        let weight = random((outputs, inputs), 0.02, device)?;
        let transposed = weight.t()?;
        let bytes = 2 * inputs * outputs;
        let ms = time(device, || x.matmul(&transposed))?;
        print_memory(&format!("{inputs} x {outputs}, candle"), 1, bytes, ms);
        let matrix = Matrix::Dense(weight);
        let product = Product {
            rows: Rows::Plain(&x),
            matrix: &matrix,
            bias: None,
        };
        let ms = time(device, || linear(&product))?;
        print_memory(&format!("{inputs} x {outputs}"), 1, bytes, ms);
    }
    Ok(())
}

/// A stream's weights in a block.
struct Stream {
    qkv: Matrix,
    out: Matrix,
    mlp: [Matrix; 2],
    bias: Tensor,
}

impl Stream {
    fn random(fp8: bool, device: &Device) -> Result<Self> {
        let matrix = |outputs, inputs| -> Result<Matrix> {
            let weight = random((outputs, inputs), 0.02, device)?;
            if fp8 {
                Matrix::fp8(&weight)
            } else {
                Ok(Matrix::Dense(weight))
            }
        };
        Ok(Self {
            qkv: matrix(3 * WIDTH, WIDTH)?,
            out: matrix(WIDTH, WIDTH)?,
            mlp: [matrix(4 * WIDTH, WIDTH)?, matrix(WIDTH, 4 * WIDTH)?],
            bias: random(4 * WIDTH, 0.02, device)?,
        })
    }

    fn product<'a>(&'a self, rows: Rows<'a>, matrix: &'a Matrix, bias: &'a Tensor) -> Product<'a> {
        Product {
            rows,
            matrix,
            bias: Some(bias),
        }
    }

    fn finish(&self, attended: &Tensor, x: &Tensor, vector: &Tensor) -> Result<Tensor> {
        let bias = self.bias.narrow(0, 0, WIDTH)?;
        let out = self.product(Rows::Plain(attended), &self.out, &bias);
        let x = linear_add_gated(&out, x, vector)?;
        let rows = Rows::Modulated {
            rows: &x,
            shift: vector,
            scale: vector,
        };
        let first = self.product(rows, &self.mlp[0], &self.bias);
        mlp_add_gated(&first, (&self.mlp[1], Some(&bias)), &x, vector)
    }
}

/// All of a block but attention, and what is left when only the products' arithmetic is counted.
fn block(rows: usize, fp8: bool, device: &Device) -> Result<()> {
    let streams = [Stream::random(fp8, device)?, Stream::random(fp8, device)?];
    let xs = [
        random((TEXT, WIDTH), 1.0, device)?,
        random((rows, WIDTH), 1.0, device)?,
    ];
    let vector = random((1, WIDTH), 0.1, device)?;
    let norm = random(WIDTH / HEADS, 1.0, device)?;
    let norms = [TEXT, rows].map(|rows| QkNorm {
        rows,
        q: &norm,
        k: &norm,
        eps: 1e-6,
    });
    let rotation = rotation(TEXT + rows, device)?;
    let attended = random((TEXT + rows, WIDTH), 1.0, device)?;
    let attended = [
        attended.narrow(0, 0, TEXT)?,
        attended.narrow(0, TEXT, rows)?,
    ];
    let biases = streams
        .each_ref()
        .map(|stream| stream.bias.narrow(0, 0, 3 * WIDTH));
    let [text_bias, image_bias] = biases;
    let biases = [text_bias?, image_bias?];
    let modulated = |rows| Rows::Modulated {
        rows,
        shift: &vector,
        scale: &vector,
    };
    let ms = time(device, || {
        let products = [0, 1].map(|index: usize| {
            let stream = &streams[index];
            stream.product(modulated(&xs[index]), &stream.qkv, &biases[index])
        });
        let qkv = linear_stacked(&products)?;
        let turned = norm_and_turn(qkv, HEADS, &norms, &rotation)?;
        let text = streams[0].finish(&attended[0], &xs[0], &vector)?;
        let image = streams[1].finish(&attended[1], &xs[1], &vector)?;
        Ok((turned, text, image))
    })?;
    let flops = 2.0 * ((rows + TEXT) * WIDTH * WIDTH * 12) as f64;
    let floor = flops / if fp8 { FP8 } else { BF16 } / 1e9;
    println!(
        "{} block without attention, {rows} + {TEXT} rows: {ms:.3} ms, floor {floor:.3} ms; {BLOCKS} blocks {:.1} ms, {:.1} above the floor",
        if fp8 { "FP8 " } else { "bf16" },
        ms * BLOCKS as f64,
        (ms - floor) * BLOCKS as f64
    );
    Ok(())
}
