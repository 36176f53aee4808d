// Numbers in ggml's blocks (ggml-org/ggml, src/ggml-common.h and src/ggml-quants.c), as src/blocks reads them on the
// processor. Each function gives number i of a block.

typedef unsigned char u8;
typedef unsigned short u16;

__constant__ signed char IQ4_STEPS[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

__device__ inline u32 half_word(const u8* at) { return at[0] | (u32)at[1] << 8; }

__device__ inline float half_at(const u8* at) {
    float x;
    asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"((u16)half_word(at)));
    return x;
}

// Products and sums are rounded one by one, as the processor does.
__device__ inline float less(float product, float offset) { return __fsub_rn(product, offset); }
__device__ inline float times(float a, float b) { return __fmul_rn(a, b); }
__device__ inline float plus(float a, float b) { return __fadd_rn(a, b); }

__device__ inline int nibble(const u8* bytes, int i) { return i < 16 ? bytes[i] & 0xf : bytes[i - 16] >> 4; }

__device__ inline int fifth(const u8* bits, int i) { return (bits[i >> 3] >> (i & 7) & 1) << 4; }

__device__ inline float q4_0(const u8* b, int i) { return times((float)(nibble(b + 2, i) - 8), half_at(b)); }

__device__ inline float q4_1(const u8* b, int i) {
    return plus(times((float)nibble(b + 4, i), half_at(b)), half_at(b + 2));
}

__device__ inline float q5_0(const u8* b, int i) {
    return times((float)((nibble(b + 6, i) | fifth(b + 2, i)) - 16), half_at(b));
}

__device__ inline float q5_1(const u8* b, int i) {
    return plus(times((float)(nibble(b + 8, i) | fifth(b + 4, i)), half_at(b)), half_at(b + 2));
}

__device__ inline float q8_0(const u8* b, int i) { return times((float)(signed char)b[2 + i], half_at(b)); }

__device__ inline float iq4_nl(const u8* b, int i) { return times(half_at(b), (float)IQ4_STEPS[nibble(b + 2, i)]); }

__device__ inline float q2_k(const u8* b, int i) {
    const int group = i >> 4, pair = group % 8 / 2;
    const int bits = b[16 + (i >> 7) * 32 + (i & 31)] >> (2 * pair) & 3;
    const float step = times(half_at(b + 80), (float)(b[group] & 0xf));
    return less(times(step, (float)bits), times(half_at(b + 82), (float)(b[group] >> 4)));
}

__device__ inline float q3_k(const u8* b, int i) {
    const int group = i >> 4, half = i >> 7, pair = group % 8 / 2;
    const u8* scales = b + 96;
    const int first = group < 8 ? scales[group] & 0xf : scales[group - 8] >> 4;
    const int last = scales[8 + group % 4] >> (2 * (group / 4)) & 3;
    const int bits = b[32 + half * 32 + (i & 31)] >> (2 * pair) & 3;
    const int third = b[i & 31] >> (half * 4 + pair) & 1;
    return times(times(half_at(b + 108), (float)((first | last << 4) - 32)), (float)((bits | third << 2) - 4));
}

// Groups of 32 whose scale and least number have six bits each.
__device__ inline float in_groups(const u8* b, int group, int bits) {
    const u8* s = b + 4;
    const int scale = group < 4 ? s[group] & 63 : (s[group + 4] & 0xf) | s[group - 4] >> 6 << 4;
    const int least = group < 4 ? s[group + 4] & 63 : s[group + 4] >> 4 | s[group] >> 6 << 4;
    const float offset = times(half_at(b + 2), (float)least);
    return less(times(times(half_at(b), (float)scale), (float)bits), offset);
}

__device__ inline float q4_k(const u8* b, int i) {
    const int group = i >> 5;
    return in_groups(b, group, b[16 + group / 2 * 32 + (i & 31)] >> (4 * (group % 2)) & 0xf);
}

__device__ inline float q5_k(const u8* b, int i) {
    const int group = i >> 5;
    const int bits = b[48 + group / 2 * 32 + (i & 31)] >> (4 * (group % 2)) & 0xf;
    return in_groups(b, group, bits | (b[16 + (i & 31)] >> group & 1) << 4);
}

__device__ inline float q6_k(const u8* b, int i) {
    const int half = i >> 7, quarter = i >> 5 & 3;
    const int first = b[half * 64 + quarter % 2 * 32 + (i & 31)] >> (4 * (quarter / 2)) & 0xf;
    const int last = b[128 + half * 32 + (i & 31)] >> (2 * quarter) & 3;
    const float step = times(half_at(b + 208), (float)(signed char)b[192 + (i >> 4)]);
    return times(step, (float)((first | last << 4) - 32));
}

__device__ inline float iq4_xs(const u8* b, int i) {
    const int group = i >> 5;
    const int first = b[4 + group / 2] >> (4 * (group % 2)) & 0xf;
    const int last = half_word(b + 2) >> (2 * group) & 3;
    const float step = times(half_at(b), (float)((first | last << 4) - 32));
    return times(step, (float)IQ4_STEPS[nibble(b + 8 + group * 16, i & 31)]);
}

template <int NUMBERS, int BYTES, typename Number>
__device__ inline Eight eight_of(const u8* blocks, u32 eight, Number number) {
    const u64 start = (u64)eight * 8;
    const u8* block = blocks + start / NUMBERS * BYTES;
    const int first = start % NUMBERS;
    Eight out;
#pragma unroll
    for (int k = 0; k < 8; k++) out.v[k] = number(block, first + k);
    return out;
}

// The header's first number is ggml's for how the rest is written.
extern "C" __global__ void widen_blocks(const uint4* packed, uint4* out, u32 eights) {
    const u32 eight = blockIdx.x * blockDim.x + threadIdx.x;
    if (eight >= eights) return;
    const u8* x = (const u8*)(packed + 1);
    Eight found;
    switch (packed->x) {
        case 0: found = eight_of<1, 4>(x, eight, [](const u8* b, int i) { return ((const float*)b)[i]; }); break;
        case 1: found = eight_of<1, 2>(x, eight, [](const u8* b, int i) { return half_at(b + 2 * i); }); break;
        case 30:
            found = eight_of<1, 2>(x, eight,
                                   [](const u8* b, int i) { return __uint_as_float(half_word(b + 2 * i) << 16); });
            break;
        case 2: found = eight_of<32, 18>(x, eight, q4_0); break;
        case 3: found = eight_of<32, 20>(x, eight, q4_1); break;
        case 6: found = eight_of<32, 22>(x, eight, q5_0); break;
        case 7: found = eight_of<32, 24>(x, eight, q5_1); break;
        case 8: found = eight_of<32, 34>(x, eight, q8_0); break;
        case 10: found = eight_of<256, 84>(x, eight, q2_k); break;
        case 11: found = eight_of<256, 110>(x, eight, q3_k); break;
        case 12: found = eight_of<256, 144>(x, eight, q4_k); break;
        case 13: found = eight_of<256, 176>(x, eight, q5_k); break;
        case 14: found = eight_of<256, 210>(x, eight, q6_k); break;
        case 20: found = eight_of<32, 18>(x, eight, iq4_nl); break;
        default: found = eight_of<256, 136>(x, eight, iq4_xs); break;
    }
    out[eight] = pack(found);
}
