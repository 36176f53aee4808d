// pixels::source_over, on straight sRGB bytes.

// Bits after the point in the shares of the two colours.
const FRACTION_BITS: u32 = 7u;

fn bytes_of(color: vec4<f32>) -> vec4<u32> {
    return vec4<u32>(clamp(color, vec4<f32>(0.0), vec4<f32>(1.0)) * 255.0 + 0.5);
}

fn div_255(value: u32) -> u32 {
    return ((value >> 8u) + value) >> 8u;
}

fn rounded_div_255(value: u32) -> u32 {
    return div_255(value + 0x80u);
}

fn source_over(below: vec4<u32>, above: vec4<u32>) -> vec4<u32> {
    if above.a == 0u {
        return below;
    }
    if above.a == 255u || below.a == 0u {
        return above;
    }
    if below.a == 255u {
        return mixed(below, above, above.a << FRACTION_BITS, 255u);
    }
    let alpha = above.a * 255u;
    let total = alpha + below.a * (255u - above.a);
    let share = alpha * (255u << FRACTION_BITS) / total;
    return mixed(below, above, share, rounded_div_255(total));
}

// `share` is the part of `above` in the colour, out of 255 times 2 to the FRACTION_BITS.
fn mixed(below: vec4<u32>, above: vec4<u32>, share: u32, alpha: u32) -> vec4<u32> {
    let rest = (255u << FRACTION_BITS) - share;
    let rounded = above.rgb * share + below.rgb * rest + (0x80u << FRACTION_BITS);
    let color = (((rounded >> vec3<u32>(8u)) + rounded) >> vec3<u32>(8u)) >> vec3<u32>(FRACTION_BITS);
    return vec4<u32>(color, alpha);
}
