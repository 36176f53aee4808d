// One block a row, which stays in registers between the passes. A row has at most blockDim.x · PER_THREAD vectors; a
// stride is in vectors.

constexpr int PER_THREAD = 4;
constexpr float LAYER_NORM_EPS = 1e-6f;
constexpr float E4M3_MAX = 448.0f;
// A row without a number above this becomes zeros: it needs a scale whose inverse is none that an f32 can hold.
constexpr float E4M3_LEAST = 1e-30f;

struct Row {
    Eight part[PER_THREAD];
};

// Calls `use` with the number of each part of this thread and its vector's.
template <class Use>
__device__ inline void for_parts(u32 vectors, Use use) {
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++) {
        const u32 vector = threadIdx.x + i * blockDim.x;
        if (vector < vectors) use(i, vector);
    }
}

// The same of each number of this thread.
template <class Use>
__device__ inline void for_numbers(Row& row, u32 vectors, Use use) {
    for_parts(vectors, [&](int i, u32) {
#pragma unroll
        for (int k = 0; k < 8; k++) use(row.part[i].v[k]);
    });
}

__device__ inline Row load(const uint4* x, u32 stride, u32 vectors) {
    const uint4* start = x + (u64)blockIdx.x * stride;
    uint4 bits[PER_THREAD];
    for_parts(vectors, [&](int i, u32 vector) { bits[i] = start[vector]; });
    Row row;
    for_parts(vectors, [&](int i, u32) { row.part[i] = unpack(bits[i]); });
    return row;
}

__device__ inline void store(const Row& row, uint4* out, u32 vectors) {
    uint4* start = out + (u64)blockIdx.x * vectors;
    for_parts(vectors, [&](int i, u32 vector) { start[vector] = pack(row.part[i]); });
}

// Joins the value of all threads of the block.
template <class Join>
__device__ inline float joined(float x, Join join) {
    __shared__ float of_warp[32];
    for (int distance = 16; distance > 0; distance /= 2) x = join(x, __shfl_xor_sync(~0u, x, distance));
    const int warps = blockDim.x / 32;
    if (warps == 1) return x;
    __syncthreads();
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = x;
    __syncthreads();
    x = of_warp[0];
    for (int warp = 1; warp < warps; warp++) x = join(x, of_warp[warp]);
    return x;
}

__device__ inline float sum(float x) {
    return joined(x, [](float a, float b) { return a + b; });
}

// As e4m3 with the scale that brings the largest number to the type's end.
__device__ inline void store_e4m3(Row& row, uint2* out, float* scales, u32 vectors) {
    float largest = 0.0f;
    for_numbers(row, vectors, [&](float x) { largest = fmaxf(largest, fabsf(x)); });
    largest = joined(largest, [](float a, float b) { return fmaxf(a, b); });
    const float scale = largest > E4M3_LEAST ? largest / E4M3_MAX : 1.0f;
    uint2* start = out + (u64)blockIdx.x * vectors;
    const float factor = 1.0f / scale;
    for_parts(vectors, [&](int i, u32 vector) { start[vector] = pack_e4m3(row.part[i], factor); });
    if (threadIdx.x == 0) scales[blockIdx.x] = scale;
}

__device__ inline Row modulated(Row row, const uint4* shift, const uint4* scale, u32 vectors) {
    const float width = vectors * 8.0f;
    float total = 0.0f;
    for_numbers(row, vectors, [&](float& x) { total += x; });
    const float mean = sum(total) / width;
    float squares = 0.0f;
    for_numbers(row, vectors, [&](float& x) {
        x -= mean;
        squares += x * x;
    });
    const float factor = 1.0f / sqrtf(sum(squares) / width + LAYER_NORM_EPS);
    for_parts(vectors, [&](int i, u32 vector) {
        const Eight by = unpack(scale[vector]), plus = unpack(shift[vector]);
#pragma unroll
        for (int k = 0; k < 8; k++) {
            float& x = row.part[i].v[k];
            x = x * factor * (1.0f + by.v[k]) + plus.v[k];
        }
    });
    return row;
}

extern "C" __global__ void modulate(const uint4* x, u32 stride, const uint4* shift, const uint4* scale, uint4* out,
                                    u32 vectors) {
    store(modulated(load(x, stride, vectors), shift, scale, vectors), out, vectors);
}

extern "C" __global__ void modulate_e4m3(const uint4* x, u32 stride, const uint4* shift, const uint4* scale,
                                         uint2* out, float* scales, u32 vectors) {
    Row row = modulated(load(x, stride, vectors), shift, scale, vectors);
    store_e4m3(row, out, scales, vectors);
}

extern "C" __global__ void to_e4m3(const uint4* x, u32 stride, uint2* out, float* scales, u32 vectors) {
    Row row = load(x, stride, vectors);
    store_e4m3(row, out, scales, vectors);
}

extern "C" __global__ void gelu_e4m3(const uint4* x, u32 stride, uint2* out, float* scales, u32 vectors) {
    Row row = load(x, stride, vectors);
    for_numbers(row, vectors, [](float& x) { x = fast_gelu_of(x); });
    store_e4m3(row, out, scales, vectors);
}

extern "C" __global__ void from_e4m3(const uint2* x, const float* scales, uint4* out, u32 vectors) {
    const float scale = scales[blockIdx.x];
    const uint2* start = x + (u64)blockIdx.x * vectors;
    Row row;
    for_parts(vectors, [&](int i, u32 vector) { row.part[i] = unpack_e4m3(start[vector]); });
    for_numbers(row, vectors, [&](float& x) { x *= scale; });
    store(row, out, vectors);
}

extern "C" __global__ void rms_norm(const uint4* x, u32 stride, const uint4* weight, uint4* out, u32 vectors,
                                    float eps) {
    Row row = load(x, stride, vectors);
    float squares = 0.0f;
    for_numbers(row, vectors, [&](float x) { squares += x * x; });
    const float factor = 1.0f / sqrtf(sum(squares) / (vectors * 8.0f) + eps);
    for_parts(vectors, [&](int i, u32 vector) {
        const Eight by = unpack(weight[vector]);
#pragma unroll
        for (int k = 0; k < 8; k++) row.part[i].v[k] *= factor * by.v[k];
    });
    store(row, out, vectors);
}

__device__ inline Row sum_gated(const uint4* x, u32 x_stride, const uint4* change, u32 change_stride,
                                const uint4* gate, u32 vectors) {
    Row row = load(x, x_stride, vectors);
    const Row other = load(change, change_stride, vectors);
    for_parts(vectors, [&](int i, u32 vector) {
        const Eight by = unpack(gate[vector]);
#pragma unroll
        for (int k = 0; k < 8; k++) row.part[i].v[k] += other.part[i].v[k] * by.v[k];
    });
    return row;
}

// Stores the row, and returns what another kernel would read of it.
__device__ inline Row stored(const Row& row, uint4* out, u32 vectors) {
    uint4* start = out + (u64)blockIdx.x * vectors;
    Row rounded;
    for_parts(vectors, [&](int i, u32 vector) {
        const uint4 bits = pack(row.part[i]);
        start[vector] = bits;
        rounded.part[i] = unpack(bits);
    });
    return rounded;
}

extern "C" __global__ void add_gated(const uint4* x, u32 x_stride, const uint4* change, u32 change_stride,
                                     const uint4* gate, uint4* out, u32 vectors) {
    store(sum_gated(x, x_stride, change, change_stride, gate, vectors), out, vectors);
}

extern "C" __global__ void add_gated_modulate(const uint4* x, u32 x_stride, const uint4* change, u32 change_stride,
                                              const uint4* gate, const uint4* shift, const uint4* scale, uint4* sum,
                                              uint4* out, u32 vectors) {
    const Row row = stored(sum_gated(x, x_stride, change, change_stride, gate, vectors), sum, vectors);
    store(modulated(row, shift, scale, vectors), out, vectors);
}

extern "C" __global__ void add_gated_modulate_e4m3(const uint4* x, u32 x_stride, const uint4* change,
                                                   u32 change_stride, const uint4* gate, const uint4* shift,
                                                   const uint4* scale, uint4* sum, uint2* out, float* scales,
                                                   u32 vectors) {
    const Row row = stored(sum_gated(x, x_stride, change, change_stride, gate, vectors), sum, vectors);
    Row to_round = modulated(row, shift, scale, vectors);
    store_e4m3(to_round, out, scales, vectors);
}
