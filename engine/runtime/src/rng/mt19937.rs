//! torch's normal numbers from a CPU generator, bit for bit: the vectorised path that torch takes on x86-64 with AVX2
//! and FMA. Read in pytorch/pytorch v2.11.0: `aten/src/ATen/native/cpu/DistributionTemplates.h` (`normal_fill`) and
//! `aten/src/ATen/native/cpu/avx_mathfun.h` (the Cephes polynomials).

// Constants as the sources write them.
#![allow(clippy::excessive_precision)]

use std::f64::consts::PI;

use half::bf16;

const STATE: usize = 624;
const MIDDLE: usize = 397;
/// Box-Muller is applied to groups of this size: the first half are radii, the second half angles.
const GROUP: usize = 16;
/// Added because torch adds it: it turns −0 into 0.
const MEAN: f32 = 0.0;

/// `n` numbers of `torch.randn(n, dtype=float32)` after `manual_seed(seed)`; `n` at least 16.
pub(super) fn randn_f32(seed: u64, n: usize) -> Vec<f32> {
    let mut twister = Mt19937::new(seed as u32);
    // 24 random bits are what an f32's significand holds.
    let mut uniform = move || (twister.next() & 0xff_ffff) as f32 * (1.0 / (1 << 24) as f32);
    fill(n, &mut uniform, |u1, u2| {
        let radius = (-2.0 * log(1.0 - u1)).sqrt();
        let (sin, cos) = sin_cos((2.0 * PI) as f32 * u2);
        (radius * cos + MEAN, radius * sin + MEAN)
    })
}

/// The same for `dtype=bfloat16`: 8 random bits a number, and every intermediate rounded to bf16. Not the f32 numbers
/// rounded.
pub(super) fn randn_bf16(seed: u64, n: usize) -> Vec<bf16> {
    let mut twister = Mt19937::new(seed as u32);
    let mut uniform = move || bf16::from_f32((twister.next() & 0xff) as f32 / 256.0);
    let round = |value: f32| bf16::from_f32(value);
    fill(n, &mut uniform, |u1, u2| {
        let log = round(round(1.0 - u1.to_f32()).to_f32().ln());
        let radius = round(round(-2.0 * log.to_f32()).to_f32().sqrt()).to_f32();
        let angle = round((2.0 * PI * u2.to_f64()) as f32).to_f32();
        (
            round(radius * round(angle.cos()).to_f32() + MEAN),
            round(radius * round(angle.sin()).to_f32() + MEAN),
        )
    })
}

/// Uniform numbers for all places first, then groups transformed in place; a last group that does not fill up is drawn
/// anew over the last 16 places.
fn fill<T: Copy>(
    n: usize,
    uniform: &mut impl FnMut() -> T,
    box_muller: impl Fn(T, T) -> (T, T),
) -> Vec<T> {
    let mut values: Vec<T> = (0..n).map(|_| uniform()).collect();
    let transform = |group: &mut [T]| {
        let (radii, angles) = group.split_at_mut(GROUP / 2);
        for (first, second) in radii.iter_mut().zip(angles) {
            (*first, *second) = box_muller(*first, *second);
        }
    };
    values.chunks_exact_mut(GROUP).for_each(transform);
    if !n.is_multiple_of(GROUP) && n > GROUP {
        let last = n - GROUP;
        values[last..].fill_with(uniform);
        transform(&mut values[last..]);
    }
    values
}

/// Cephes' logf; exact for the uniform numbers above (positive and normal).
fn log(x: f32) -> f32 {
    const P: [f32; 9] = [
        7.037_683_629_2e-2,
        -1.151_461_031_0e-1,
        1.167_699_874_0e-1,
        -1.242_014_084_6e-1,
        1.424_932_278_7e-1,
        -1.666_805_766_5e-1,
        2.000_071_476_5e-1,
        -2.499_999_399_3e-1,
        3.333_333_117_4e-1,
    ];
    let bits = x.to_bits();
    let mut exponent = (bits >> 23) as i32 as f32 - 126.0;
    let mut m = f32::from_bits((bits & 0x007f_ffff) | 0.5f32.to_bits());
    if m < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        m = (m - 1.0) + m;
    } else {
        m -= 1.0;
    }
    let square = m * m;
    let polynomial = P[1..].iter().fold(P[0], |sum, p| sum.mul_add(m, *p));
    let mut y = (polynomial * m).mul_add(square, exponent * -2.121_944_4e-4);
    y = (-0.5f32).mul_add(square, y);
    exponent.mul_add(0.693_359_4, m + y)
}

/// Cephes' sinf and cosf for angles of at least 0.
fn sin_cos(angle: f32) -> (f32, f32) {
    const FOUR_BY_PI: f32 = 1.273_239_544_735_16;
    const PI_BY_FOUR: [f32; 3] = [
        -0.785_156_25,
        -2.418_756_484_985_351_562_5e-4,
        -3.774_894_977_445_941_08e-8,
    ];
    const SIN: [f32; 3] = [-1.951_529_589_1e-4, 8.332_160_873_6e-3, -1.666_665_461_1e-1];
    const COS: [f32; 3] = [
        2.443_315_711_809_948e-5,
        -1.388_731_625_493_765e-3,
        4.166_664_568_298_827e-2,
    ];
    let octant = ((angle * FOUR_BY_PI) as i32 + 1) & !1;
    let x = PI_BY_FOUR
        .iter()
        .fold(angle, |x, part| (octant as f32).mul_add(*part, x));
    let z = x * x;
    let cosine = COS[1..].iter().fold(COS[0], |sum, c| sum.mul_add(z, *c)) * z;
    let cosine = cosine.mul_add(z, -0.5 * z) + 1.0;
    let sine = SIN[1..].iter().fold(SIN[0], |sum, s| sum.mul_add(z, *s)) * z;
    let sine = sine.mul_add(x, x);
    let (sin, cos) = if octant & 2 == 0 {
        (sine, cosine)
    } else {
        (cosine, sine)
    };
    (
        if octant & 4 == 0 { sin } else { -sin },
        if (octant - 2) & 4 == 0 { -cos } else { cos },
    )
}

/// Matsumoto and Nishimura's Mersenne Twister with `init_genrand`.
struct Mt19937 {
    state: [u32; STATE],
    used: usize,
}

impl Mt19937 {
    fn new(seed: u32) -> Self {
        let mut state = [seed; STATE];
        for index in 1..STATE {
            let previous = state[index - 1];
            state[index] = (previous ^ (previous >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(index as u32);
        }
        Self { state, used: STATE }
    }

    fn next(&mut self) -> u32 {
        if self.used == STATE {
            self.twist();
        }
        let mut y = self.state[self.used];
        self.used += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for index in 0..STATE {
            let joined =
                (self.state[index] & 0x8000_0000) | (self.state[(index + 1) % STATE] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[index] = self.state[(index + MIDDLE) % STATE] ^ (joined >> 1) ^ odd;
        }
        self.used = 0;
    }
}
