// Pictures of bf16 whose pixels hold their channels side by side.

__device__ inline float rounded(float x) {
    return __uint_as_float(bf16_pair(0.0f, x) & 0xffff0000u);
}

// x / max(|x|, 1e-12) · scale · gamma for each pixel, each step rounded as the reference does it, and SiLU. LANES
// neighbouring threads share a pixel.
template <int LANES>
__device__ inline void norm(const uint4* x, const uint4* gamma, uint4* out, u32 pixels, u32 vectors, float scale,
                            u32 silu) {
    const u64 pixel = ((u64)blockIdx.x * blockDim.x + threadIdx.x) / LANES;
    const bool inside = pixel < pixels;
    const u32 lane = threadIdx.x % LANES;
    const uint4* from = x + (inside ? pixel : 0) * vectors;
    float squares = 0.0f;
    for (u32 i = lane; i < vectors; i += LANES) {
        const Eight values = unpack(from[i]);
#pragma unroll
        for (int k = 0; k < 8; k++) squares += values.v[k] * values.v[k];
    }
#pragma unroll
    for (int distance = LANES / 2; distance > 0; distance /= 2)
        squares += __shfl_xor_sync(~0u, squares, distance);
    if (!inside) return;
    const float length = fmaxf(sqrtf(squares), 1e-12f);
    uint4* to = out + pixel * vectors;
    for (u32 i = lane; i < vectors; i += LANES) {
        Eight values = unpack(from[i]);
        const Eight factors = unpack(gamma[i]);
#pragma unroll
        for (int k = 0; k < 8; k++) {
            const float value = rounded(rounded(rounded(values.v[k] / length) * scale) * factors.v[k]);
            values.v[k] = silu ? silu_of(value) : value;
        }
        to[i] = pack(values);
    }
}

extern "C" __global__ void channel_norm_4(const uint4* x, const uint4* gamma, uint4* out, u32 pixels, u32 vectors,
                                          float scale, u32 silu) {
    norm<4>(x, gamma, out, pixels, vectors, scale, silu);
}

extern "C" __global__ void channel_norm_8(const uint4* x, const uint4* gamma, uint4* out, u32 pixels, u32 vectors,
                                          float scale, u32 silu) {
    norm<8>(x, gamma, out, pixels, vectors, scale, silu);
}

extern "C" __global__ void channel_norm_16(const uint4* x, const uint4* gamma, uint4* out, u32 pixels, u32 vectors,
                                           float scale, u32 silu) {
    norm<16>(x, gamma, out, pixels, vectors, scale, silu);
}

// Each pixel four times, in a picture twice as wide and high. A pixel has `vectors`.
extern "C" __global__ void enlarge(const uint4* x, uint4* out, u32 count, u32 width, u32 vectors) {
    const u64 index = (u64)blockIdx.x * blockDim.x + threadIdx.x;
    if (index >= count) return;
    const u64 pixel = index / vectors;
    const u64 row = pixel / width, column = pixel % width;
    const u64 line = 2ull * width * vectors;
    const uint4 value = x[index];
    uint4* to = out + 2 * row * line + 2 * column * vectors + index % vectors;
    to[0] = value;
    to[vectors] = value;
    to[line] = value;
    to[line + vectors] = value;
}
