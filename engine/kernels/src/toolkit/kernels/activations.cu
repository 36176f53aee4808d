// Functions of single numbers, over all vectors of a tensor.

__device__ inline float silu_of(float x) {
    return __fdividef(x, 1.0f + __expf(-x));
}

// By tanh: x · sigmoid(2u).
__device__ inline float gelu_of(float x) {
    const float u = 0.7978845608028654f * (x + 0.044715f * x * x * x);
    return __fdividef(x, 1.0f + __expf(-2.0f * u));
}

// By the device's own tanh, off by 2^-11 at most: enough for what is rounded to e4m3.
__device__ inline float fast_gelu_of(float x) {
    const float half = 0.5f * x;
    float tanh;
    asm("tanh.approx.f32 %0, %1;" : "=f"(tanh) : "f"(x * (0.7978845608028654f + 0.03567740813636141f * x * x)));
    return half + half * tanh;
}

__device__ inline float gelu_erf_of(float x) {
    return 0.5f * x * (1.0f + erff(x * 0.7071067811865476f));
}

template <float (*function)(float)>
__device__ inline void each(const uint4* x, uint4* out, u32 vectors) {
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < vectors; i += gridDim.x * blockDim.x) {
        Eight value = unpack(x[i]);
#pragma unroll
        for (int k = 0; k < 8; k++) value.v[k] = function(value.v[k]);
        out[i] = pack(value);
    }
}

extern "C" __global__ void silu(const uint4* x, uint4* out, u32 vectors) {
    each<silu_of>(x, out, vectors);
}

extern "C" __global__ void gelu(const uint4* x, uint4* out, u32 vectors) {
    each<gelu_of>(x, out, vectors);
}

extern "C" __global__ void gelu_erf(const uint4* x, uint4* out, u32 vectors) {
    each<gelu_erf_of>(x, out, vectors);
}

extern "C" __global__ void silu_mul(const uint4* gate, const uint4* up, uint4* out, u32 vectors) {
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < vectors; i += gridDim.x * blockDim.x) {
        Eight value = unpack(gate[i]);
        const Eight factor = unpack(up[i]);
#pragma unroll
        for (int k = 0; k < 8; k++) value.v[k] = silu_of(value.v[k]) * factor.v[k];
        out[i] = pack(value);
    }
}
