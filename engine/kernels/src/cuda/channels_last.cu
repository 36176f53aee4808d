// Pictures of bf16 whose pixels hold their channels side by side, eight of them read at once.

typedef unsigned short bf16;
typedef unsigned int word;

__device__ __forceinline__ float wide(bf16 x) { return __uint_as_float((word)x << 16); }

// Rounds half to even. NaN stays one: its quiet bit is kept set.
__device__ __forceinline__ bf16 narrow(float x) {
    word bits = __float_as_uint(x);
    if (x != x) return (bf16)((bits >> 16) | 0x40);
    return (bf16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

__device__ __forceinline__ float rounded(float x) { return wide(narrow(x)); }

union Eight {
    uint4 all;
    bf16 each[8];
};

// x / max(|x|, 1e-12) * sqrt(channels) * gamma for each pixel, each step rounded as the reference does it, and SiLU.
// LANES neighbouring threads share a pixel.
template <int LANES>
__device__ __forceinline__ void norm(const uint4 *x, const uint4 *gamma, uint4 *out, unsigned long long pixels,
                                     int eights, float scale, int silu) {
    unsigned long long pixel = ((unsigned long long)blockIdx.x * blockDim.x + threadIdx.x) / LANES;
    bool inside = pixel < pixels;
    int lane = threadIdx.x % LANES;
    const uint4 *from = x + (inside ? pixel : 0) * eights;
    float sum = 0;
    for (int i = lane; i < eights; i += LANES) {
        Eight values;
        values.all = from[i];
#pragma unroll
        for (int j = 0; j < 8; j++) {
            float value = wide(values.each[j]);
            sum += value * value;
        }
    }
#pragma unroll
    for (int apart = LANES / 2; apart > 0; apart /= 2) sum += __shfl_xor_sync(0xffffffff, sum, apart);
    if (!inside) return;
    float length = fmaxf(sqrtf(sum), 1e-12f);
    uint4 *to = out + pixel * eights;
    for (int i = lane; i < eights; i += LANES) {
        Eight values, factors, results;
        values.all = from[i];
        factors.all = gamma[i];
#pragma unroll
        for (int j = 0; j < 8; j++) {
            float value = rounded(rounded(wide(values.each[j]) / length) * scale);
            value = rounded(value * wide(factors.each[j]));
            if (silu) value = value / (1.0f + expf(-value));
            results.each[j] = narrow(value);
        }
        to[i] = results.all;
    }
}

#define NORM(LANES)                                                                                                  \
    extern "C" __global__ void norm_##LANES(const uint4 *x, const uint4 *gamma, uint4 *out,                         \
                                            unsigned long long pixels, int eights, float scale, int silu) {          \
        norm<LANES>(x, gamma, out, pixels, eights, scale, silu);                                                     \
    }
NORM(4)
NORM(8)
NORM(16)

// Each pixel four times, in a picture twice as wide and high.
extern "C" __global__ void enlarge(const uint4 *x, uint4 *out, unsigned long long count, int width, int eights) {
    unsigned long long index = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (index >= count) return;
    int eight = index % eights;
    unsigned long long pixel = index / eights;
    unsigned long long row = pixel / width, column = pixel % width;
    unsigned long long line = 2ull * width * eights;
    uint4 value = x[index];
    uint4 *to = out + 2 * row * line + 2 * column * eights + eight;
    to[0] = value;
    to[eights] = value;
    to[line] = value;
    to[line + eights] = value;
}
