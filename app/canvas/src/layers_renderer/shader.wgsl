// Layers: premultiplied sRGB values from a picture's texture, blended source-over into an offscreen target of
// physical pixels. Present: that target over the checkerboard, into egui's own target.

// ---- Layers ----

struct Quad {
    // Left, top, right, bottom in normalized device coordinates: what may be touched.
    @location(0) bounds: vec4<f32>,
    // unit_from_pixels: 0 to 1 across the picture, from target pixels.
    @location(1) unit_axes: vec4<f32>,
    @location(2) unit_origin: vec2<f32>,
    // Width and height of the picture in target pixels.
    @location(3) size: vec2<f32>,
    // Opacity, mip level, 1 for a recolour.
    @location(4) options: vec3<f32>,
    // Hue in degrees, saturation, lightness, tint strength.
    @location(5) recolor: vec4<f32>,
    @location(6) tint: vec4<f32>,
};

struct LayerVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) unit_axes: vec4<f32>,
    @location(1) @interpolate(flat) unit_origin: vec2<f32>,
    @location(2) @interpolate(flat) size: vec2<f32>,
    @location(3) @interpolate(flat) options: vec3<f32>,
    @location(4) @interpolate(flat) recolor: vec4<f32>,
    @location(5) @interpolate(flat) tint: vec4<f32>,
};

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var picture_sampler: sampler;

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
    return out;
}

// How much of a one-pixel box around `unit` lies between 0 and 1: smooth edges for turned layers.
fn coverage(unit: vec2<f32>, size: vec2<f32>) -> f32 {
    let inside = clamp(unit * size + 0.5, vec2<f32>(0.0), vec2<f32>(1.0))
        + clamp((1.0 - unit) * size + 0.5, vec2<f32>(0.0), vec2<f32>(1.0)) - 1.0;
    let covered = max(inside, vec2<f32>(0.0));
    return covered.x * covered.y;
}

@fragment
fn layer_fragment(in: LayerVertex) -> @location(0) vec4<f32> {
    let unit = mat2x2<f32>(in.unit_axes.xy, in.unit_axes.zw) * in.position.xy + in.unit_origin;
    let covered = coverage(unit, in.size);
    if covered <= 0.0 {
        discard;
    }
    var color = textureSampleLevel(picture, picture_sampler, unit, in.options.y);
    if in.options.z > 0.5 && color.a > 0.0 {
        let straight = clamp(color.rgb / color.a, vec3<f32>(0.0), vec3<f32>(1.0));
        color = vec4<f32>(recolored(straight, in.recolor, in.tint.rgb) * color.a, color.a);
    }
    return color * (in.options.x * covered);
}

// ---- Present ----

struct Present {
    // Left, top, right, bottom of the document's canvas in target pixels.
    @location(0) canvas: vec4<f32>,
    @location(1) light: vec4<f32>,
    @location(2) dark: vec4<f32>,
    // Width and height of the target, side of a checkerboard square, in pixels.
    @location(3) size: vec3<f32>,
};

struct PresentVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) pixel: vec2<f32>,
    @location(1) @interpolate(flat) canvas: vec4<f32>,
    @location(2) @interpolate(flat) light: vec4<f32>,
    @location(3) @interpolate(flat) dark: vec4<f32>,
    @location(4) @interpolate(flat) square: f32,
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
    return out;
}

fn presented(in: PresentVertex) -> vec3<f32> {
    if any(in.pixel < in.canvas.xy) || any(in.pixel >= in.canvas.zw) {
        discard;
    }
    let square = vec2<i32>(floor((in.pixel - in.canvas.xy) / in.square));
    let checker = select(in.dark.rgb, in.light.rgb, ((square.x + square.y) & 1) == 0);
    let color = textureLoad(picture, vec2<i32>(floor(in.pixel)), 0);
    return color.rgb + checker * (1.0 - color.a);
}

@fragment
fn present_gamma(in: PresentVertex) -> @location(0) vec4<f32> {
    return vec4<f32>(presented(in), 1.0);
}

// For a target that turns linear values into sRGB by itself.
@fragment
fn present_linear(in: PresentVertex) -> @location(0) vec4<f32> {
    let color = presented(in);
    let low = color / 12.92;
    let high = pow((color + 0.055) / 1.055, vec3<f32>(2.4));
    return vec4<f32>(select(high, low, color <= vec3<f32>(0.04045)), 1.0);
}
