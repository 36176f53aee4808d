// document::BlendMode::over, on premultiplied sRGB values. The modes' numbers stand before this.

// A quarter of a byte's step.
const LEAST_DIVISOR: f32 = 1.0 / 1020.0;

fn over(mode: u32, below: vec4<f32>, above: vec4<f32>) -> vec4<f32> {
    let plain = above + below * (1.0 - above.a);
    if mode == Normal || below.a <= 0.0 || above.a <= 0.0 {
        return plain;
    }
    let backdrop = clamp(below.rgb / below.a, vec3<f32>(0.0), vec3<f32>(1.0));
    let source = clamp(above.rgb / above.a, vec3<f32>(0.0), vec3<f32>(1.0));
    let change = (met(mode, backdrop, source) - source) * (above.a * below.a);
    return plain + vec4<f32>(change, 0.0);
}

fn met(mode: u32, backdrop: vec3<f32>, source: vec3<f32>) -> vec3<f32> {
    let one = vec3<f32>(1.0);
    switch mode {
        case Darken: { return min(backdrop, source); }
        case Multiply: { return backdrop * source; }
        case ColorBurn: { return one - min((one - backdrop) / max(source, vec3<f32>(LEAST_DIVISOR)), one); }
        case Lighten: { return max(backdrop, source); }
        case Screen: { return screen(backdrop, source); }
        case ColorDodge: { return min(backdrop / max(one - source, vec3<f32>(LEAST_DIVISOR)), one); }
        case LinearDodge: { return min(backdrop + source, one); }
        case Overlay: { return hard_light(source, backdrop); }
        case SoftLight: { return soft_light(backdrop, source); }
        case HardLight: { return hard_light(backdrop, source); }
        case Difference: { return abs(backdrop - source); }
        case Hue: { return with_luminosity(with_saturation(source, saturation(backdrop)), luminosity(backdrop)); }
        case Saturation: { return with_luminosity(with_saturation(backdrop, saturation(source)), luminosity(backdrop)); }
        case Color: { return with_luminosity(source, luminosity(backdrop)); }
        case Luminosity: { return with_luminosity(backdrop, luminosity(source)); }
        default: { return source; }
    }
}

fn screen(backdrop: vec3<f32>, source: vec3<f32>) -> vec3<f32> {
    return backdrop + source - backdrop * source;
}

fn hard_light(backdrop: vec3<f32>, source: vec3<f32>) -> vec3<f32> {
    return select(
        screen(backdrop, 2.0 * source - 1.0),
        backdrop * 2.0 * source,
        source <= vec3<f32>(0.5),
    );
}

fn soft_light(backdrop: vec3<f32>, source: vec3<f32>) -> vec3<f32> {
    let lifted = select(
        sqrt(backdrop),
        ((16.0 * backdrop - 12.0) * backdrop + 4.0) * backdrop,
        backdrop <= vec3<f32>(0.25),
    );
    let reach = select(lifted - backdrop, backdrop * (1.0 - backdrop), source <= vec3<f32>(0.5));
    return backdrop + (2.0 * source - 1.0) * reach;
}

fn luminosity(color: vec3<f32>) -> f32 {
    return dot(color, vec3<f32>(0.3, 0.59, 0.11));
}

fn least(color: vec3<f32>) -> f32 {
    return min(color.r, min(color.g, color.b));
}

fn most(color: vec3<f32>) -> f32 {
    return max(color.r, max(color.g, color.b));
}

fn saturation(color: vec3<f32>) -> f32 {
    return most(color) - least(color);
}

fn with_saturation(color: vec3<f32>, wanted: f32) -> vec3<f32> {
    return (color - least(color)) * (wanted / max(saturation(color), LEAST_DIVISOR));
}

fn with_luminosity(color: vec3<f32>, wanted: f32) -> vec3<f32> {
    let moved = color + (wanted - luminosity(color));
    let grey = luminosity(moved);
    var clipped = moved;
    if least(moved) < 0.0 {
        clipped = grey + (clipped - grey) * (grey / (grey - least(moved)));
    }
    if most(moved) > 1.0 {
        clipped = grey + (clipped - grey) * ((1.0 - grey) / (most(moved) - grey));
    }
    return clamp(clipped, vec3<f32>(0.0), vec3<f32>(1.0));
}
