// document::Recolor::apply, on straight sRGB values.

fn hsl_from_rgb(rgb: vec3<f32>) -> vec3<f32> {
    let most = max(rgb.r, max(rgb.g, rgb.b));
    let least = min(rgb.r, min(rgb.g, rgb.b));
    let chroma = most - least;
    let lightness = (most + least) / 2.0;
    if chroma <= 0.0 {
        return vec3<f32>(0.0, 0.0, lightness);
    }
    var sector: f32;
    if most == rgb.r {
        sector = (rgb.g - rgb.b) / chroma;
    } else if most == rgb.g {
        sector = (rgb.b - rgb.r) / chroma + 2.0;
    } else {
        sector = (rgb.r - rgb.g) / chroma + 4.0;
    }
    return vec3<f32>(60.0 * sector, chroma / (1.0 - abs(2.0 * lightness - 1.0)), lightness);
}

fn rgb_from_hsl(hsl: vec3<f32>) -> vec3<f32> {
    let reach = hsl.y * min(hsl.z, 1.0 - hsl.z);
    let turned = vec3<f32>(0.0, 8.0, 4.0) + hsl.x / 30.0;
    let k = turned - 12.0 * floor(turned / 12.0);
    return hsl.z - reach * clamp(min(k - 3.0, 9.0 - k), vec3<f32>(-1.0), vec3<f32>(1.0));
}

// `change`: hue in degrees, saturation, lightness, tint strength.
fn recolored(rgb: vec3<f32>, change: vec4<f32>, tint: vec3<f32>) -> vec3<f32> {
    var shifted = rgb;
    if any(change.xyz != vec3<f32>(0.0)) {
        let room = select(1.0 - rgb, rgb, change.z < 0.0);
        let hsl = hsl_from_rgb(rgb + room * change.z);
        let factor = select(1.0 / max(1.0 - change.y, 1.0 / 255.0), 1.0 + change.y, change.y < 0.0);
        shifted = rgb_from_hsl(vec3<f32>(hsl.x + change.x, min(hsl.y * factor, 1.0), hsl.z));
    }
    return mix(shifted, tint, change.w);
}
