// Layers: a picture's sRGB values into an offscreen target of physical pixels, over a copy of what lies beneath. Groups: one
// such target over another. Stacks of normal layers are straight bytes, laid over each other in document::composite's own
// arithmetic; others are premultiplied and blended in real numbers, as there.
// Present: the target of the canvas over the checkerboard, into egui's own target.

// ---- Layers and groups ----

struct Quad {
    // Left, top, right, bottom in normalized device coordinates: what may be touched.
    @location(0) bounds: vec4<f32>,
    // unit_from_pixels: 0 to 1 across the picture, from target pixels.
    @location(1) unit_axes: vec4<f32>,
    @location(2) unit_origin: vec2<f32>,
    // Width and height of the picture in target pixels.
    @location(3) size: vec2<f32>,
    // Opacity, mip level.
    @location(4) options: vec2<f32>,
    // Hue in degrees, saturation, lightness, tint strength.
    @location(5) recolor: vec4<f32>,
    @location(6) tint: vec4<f32>,
    // Blend mode; 1 for a recolour; 1 where level 0 is the picture itself, not premultiplied; 1 for pixels as squares.
    @location(7) choices: vec4<u32>,
};

struct LayerVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) unit_axes: vec4<f32>,
    @location(1) @interpolate(flat) unit_origin: vec2<f32>,
    @location(2) @interpolate(flat) size: vec2<f32>,
    @location(3) @interpolate(flat) options: vec2<f32>,
    @location(4) @interpolate(flat) recolor: vec4<f32>,
    @location(5) @interpolate(flat) tint: vec4<f32>,
    @location(6) @interpolate(flat) choices: vec4<u32>,
};

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var picture_sampler: sampler;
// A target that was drawn, in the place of a picture.
@group(0) @binding(0) var drawn: texture_2d<f32>;
@group(1) @binding(0) var beneath: texture_2d<f32>;
// What colours evenly spread over all become on the screen.
@group(1) @binding(0) var table: texture_3d<f32>;
@group(1) @binding(1) var table_sampler: sampler;

@vertex
fn layer_vertex(@builtin(vertex_index) index: u32, quad: Quad) -> LayerVertex {
    let right = (index & 1u) == 1u;
    let bottom = (index & 2u) == 2u;
    let x = select(quad.bounds.x, quad.bounds.z, right);
    let y = select(quad.bounds.y, quad.bounds.w, bottom);
    var out: LayerVertex;
    out.position = vec4<f32>(x, y, 0.0, 1.0);
    out.unit_axes = quad.unit_axes;
    out.unit_origin = quad.unit_origin;
    out.size = quad.size;
    out.options = quad.options;
    out.recolor = quad.recolor;
    out.tint = quad.tint;
    out.choices = quad.choices;
    return out;
}

// How much of a one-pixel box around `unit` lies between 0 and 1: smooth edges for turned layers.
fn coverage(unit: vec2<f32>, size: vec2<f32>) -> f32 {
    let inside = clamp(unit * size + 0.5, vec2<f32>(0.0), vec2<f32>(1.0))
        + clamp((1.0 - unit) * size + 0.5, vec2<f32>(0.0), vec2<f32>(1.0)) - 1.0;
    let covered = max(inside, vec2<f32>(0.0));
    return covered.x * covered.y;
}

fn texel(at: vec2<f32>, largest: vec2<f32>) -> vec4<f32> {
    let straight = textureLoad(picture, vec2<i32>(clamp(at, vec2<f32>(0.0), largest)), 0);
    return vec4<f32>(straight.rgb * straight.a, straight.a);
}

// Level 0, which keeps straight colours: premultiplied bytes would lose those of faint pixels, on which blend modes act.
fn full_size(unit: vec2<f32>, crisp: bool) -> vec4<f32> {
    let size = vec2<f32>(textureDimensions(picture, 0));
    let at = unit * size - 0.5;
    let nearest = round(at);
    // Nearer than positions are exact.
    let on_texel = abs(at - nearest) < vec2<f32>(0.001);
    let whole = select(floor(at), nearest, on_texel | vec2<bool>(crisp));
    let part = select(at - whole, vec2<f32>(0.0), on_texel | vec2<bool>(crisp));
    let largest = size - 1.0;
    if all(part == vec2<f32>(0.0)) {
        return texel(whole, largest);
    }
    let upper = mix(texel(whole, largest), texel(whole + vec2<f32>(1.0, 0.0), largest), part.x);
    let lower = mix(
        texel(whole + vec2<f32>(0.0, 1.0), largest),
        texel(whole + vec2<f32>(1.0, 1.0), largest),
        part.x,
    );
    return mix(upper, lower, part.y);
}

fn picture_at(unit: vec2<f32>, level: f32, is_straight: bool, crisp: bool) -> vec4<f32> {
    if !is_straight || level >= 1.0 {
        return textureSampleLevel(picture, picture_sampler, unit, level);
    }
    let full = full_size(unit, crisp);
    if level <= 0.0 {
        return full;
    }
    return mix(full, textureSampleLevel(picture, picture_sampler, unit, 1.0), level);
}

// Premultiplied, without the opacity.
fn layer_color(in: LayerVertex) -> vec4<f32> {
    let unit = mat2x2<f32>(in.unit_axes.xy, in.unit_axes.zw) * in.position.xy + in.unit_origin;
    let covered = coverage(unit, in.size);
    if covered <= 0.0 {
        discard;
    }
    var color = picture_at(unit, in.options.y, in.choices.z == 1u, in.choices.w == 1u);
    if in.choices.y == 1u && color.a > 0.0 {
        let straight = clamp(color.rgb / color.a, vec3<f32>(0.0), vec3<f32>(1.0));
        // To bytes, as the compositor recolours.
        let bytes = floor(recolored(straight, in.recolor, in.tint.rgb) * 255.0 + 0.5) / 255.0;
        color = vec4<f32>(bytes * color.a, color.a);
    }
    return color * covered;
}

fn drawn_at(texture: texture_2d<f32>, in: LayerVertex) -> vec4<f32> {
    return textureLoad(texture, vec2<i32>(in.position.xy), 0);
}

@fragment
fn layer_in_bytes(in: LayerVertex) -> @location(0) vec4<f32> {
    let color = layer_color(in);
    var above = vec4<u32>(0u);
    if color.a > 0.0 {
        above = bytes_of(vec4<f32>(color.rgb / color.a, color.a));
    }
    return laid_over(in, above);
}

@fragment
fn group_in_bytes(in: LayerVertex) -> @location(0) vec4<f32> {
    return laid_over(in, bytes_of(drawn_at(drawn, in)));
}

fn laid_over(in: LayerVertex, above: vec4<u32>) -> vec4<f32> {
    let opacity = u32(in.options.x * 255.0 + 0.5);
    let seen = vec4<u32>(above.rgb, rounded_div_255(above.a * opacity));
    // What is not there or hides all needs no look at what lies beneath.
    if seen.a == 0u {
        discard;
    }
    if seen.a == 255u {
        return vec4<f32>(seen) / 255.0;
    }
    return vec4<f32>(source_over(bytes_of(drawn_at(beneath, in)), seen)) / 255.0;
}

@fragment
fn layer_blended(in: LayerVertex) -> @location(0) vec4<f32> {
    return over(in.choices.x, drawn_at(beneath, in), layer_color(in) * in.options.x);
}

@fragment
fn group_blended(in: LayerVertex) -> @location(0) vec4<f32> {
    let below = drawn_at(beneath, in);
    let inside = drawn_at(drawn, in);
    if in.choices.x == PassThrough {
        return mix(below, inside, in.options.x);
    }
    return over(in.choices.x, below, inside * in.options.x);
}

// ---- Present ----

struct Present {
    // Left, top, right, bottom of the document's canvas in target pixels.
    @location(0) canvas: vec4<f32>,
    @location(1) light: vec4<f32>,
    @location(2) dark: vec4<f32>,
    // Width and height of the target, side of a checkerboard square, in pixels; what the colours of a
    // premultiplied target are multiplied by, 0 for one that is not premultiplied.
    @location(3) size: vec4<f32>,
};

struct PresentVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) pixel: vec2<f32>,
    @location(1) @interpolate(flat) canvas: vec4<f32>,
    @location(2) @interpolate(flat) light: vec4<f32>,
    @location(3) @interpolate(flat) dark: vec4<f32>,
    @location(4) @interpolate(flat) square: f32,
    @location(5) @interpolate(flat) gain: f32,
};

@vertex
fn present_vertex(@builtin(vertex_index) index: u32, present: Present) -> PresentVertex {
    let corner = vec2<f32>(f32(index & 1u), f32((index & 2u) >> 1u));
    var out: PresentVertex;
    out.position = vec4<f32>(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.0, 1.0);
    out.pixel = corner * present.size.xy;
    out.canvas = present.canvas;
    out.light = present.light;
    out.dark = present.dark;
    out.square = present.size.z;
    out.gain = present.size.w;
    return out;
}

fn checker(in: PresentVertex) -> vec3<f32> {
    if any(in.pixel < in.canvas.xy) || any(in.pixel >= in.canvas.zw) {
        discard;
    }
    let square = vec2<i32>(floor((in.pixel - in.canvas.xy) / in.square));
    return select(in.dark.rgb, in.light.rgb, ((square.x + square.y) & 1) == 0);
}

fn presented(in: PresentVertex) -> vec3<f32> {
    let paper = checker(in);
    let color = textureLoad(drawn, vec2<i32>(floor(in.pixel)), 0);
    let share = select(in.gain, color.a, in.gain == 0.0);
    var shown = color.rgb;
    if in.gain > 1.0 {
        // What real numbers are off by is no difference.
        shown = vec3<f32>(bytes_of(color).rgb) / 255.0;
    }
    return min(shown * share, vec3<f32>(1.0)) + paper * (1.0 - color.a);
}

// What is drawn as the table has it, of which the first and the last colour lie in the middle of their texels.
fn converted(in: PresentVertex) -> vec3<f32> {
    let paper = checker(in);
    let color = textureLoad(drawn, vec2<i32>(floor(in.pixel)), 0);
    let alpha = select(max(color.a, 1.0 / 1024.0), 1.0, in.gain == 0.0);
    let straight = clamp(color.rgb / alpha, vec3<f32>(0.0), vec3<f32>(1.0));
    let side = f32(textureDimensions(table).x);
    let at = (straight * (side - 1.0) + 0.5) / side;
    let shown = textureSampleLevel(table, table_sampler, at, 0.0).rgb;
    return shown * color.a + paper * (1.0 - color.a);
}

@fragment
fn present_gamma(in: PresentVertex) -> @location(0) vec4<f32> {
    return vec4<f32>(presented(in), 1.0);
}

@fragment
fn present_converted_gamma(in: PresentVertex) -> @location(0) vec4<f32> {
    return vec4<f32>(converted(in), 1.0);
}

// For a target that turns linear values into sRGB by itself.
@fragment
fn present_linear(in: PresentVertex) -> @location(0) vec4<f32> {
    return vec4<f32>(linear(presented(in)), 1.0);
}

@fragment
fn present_converted_linear(in: PresentVertex) -> @location(0) vec4<f32> {
    return vec4<f32>(linear(converted(in)), 1.0);
}

fn linear(color: vec3<f32>) -> vec3<f32> {
    let low = color / 12.92;
    let high = pow((color + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, color <= vec3<f32>(0.04045));
}
