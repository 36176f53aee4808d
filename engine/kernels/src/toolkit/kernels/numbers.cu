// bf16 and e4m3 in vectors of eight. CUDA's own headers come with the toolkit, which most computers lack.

typedef unsigned int u32;
typedef unsigned long long u64;

struct Eight {
    float v[8];
};

__device__ inline Eight unpack(uint4 bits) {
    const u32 pairs[4] = {bits.x, bits.y, bits.z, bits.w};
    Eight out;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        out.v[2 * i] = __uint_as_float(pairs[i] << 16);
        out.v[2 * i + 1] = __uint_as_float(pairs[i] & 0xffff0000u);
    }
    return out;
}

__device__ inline u32 bf16_pair(float low, float high) {
    u32 bits;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
    return bits;
}

__device__ inline uint4 pack(const Eight& x) {
    return make_uint4(bf16_pair(x.v[0], x.v[1]), bf16_pair(x.v[2], x.v[3]), bf16_pair(x.v[4], x.v[5]),
                      bf16_pair(x.v[6], x.v[7]));
}

#if __CUDA_ARCH__ >= 890

__device__ inline u32 e4m3_pair(float low, float high) {
    unsigned short bits;
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(bits) : "f"(high), "f"(low));
    return bits;
}

#else

// Rounds to nearest, ties to even; beyond ±448 is ±448.
__device__ inline u32 e4m3(float x) {
    const u32 sign = __float_as_uint(x) >> 31 << 7;
    const float size = fabsf(x);
    if (size != size) return sign | 0x7f;
    if (size >= 448.0f) return sign | 0x7e;
    if (size < 0.015625f) return sign | (u32)rintf(size * 512.0f);
    u32 bits = __float_as_uint(size);
    bits += 0x7ffff + (bits >> 20 & 1);
    return sign | ((bits >> 20) - (120 << 3));
}

__device__ inline u32 e4m3_pair(float low, float high) {
    return e4m3(low) | e4m3(high) << 8;
}

#endif

__device__ inline uint2 pack_e4m3(const Eight& x, float factor) {
    u32 pairs[4];
#pragma unroll
    for (int i = 0; i < 4; i++) pairs[i] = e4m3_pair(x.v[2 * i] * factor, x.v[2 * i + 1] * factor);
    return make_uint2(pairs[0] | pairs[1] << 16, pairs[2] | pairs[3] << 16);
}

__device__ inline Eight unpack_e4m3(uint2 eight) {
    Eight out;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const u32 byte = (i < 4 ? eight.x : eight.y) >> (i % 4 * 8) & 0xff;
        // The exponent lands 120 below its place in an f32, subnormal numbers too. All ones are not a number.
        const u32 bits = (byte & 0x7f) == 0x7f ? 0x7fffffff : (byte & 0x7f) << 20;
        const float size = __uint_as_float(bits) * 1.329227995784916e36f;
        out.v[i] = byte & 0x80 ? -size : size;
    }
    return out;
}
