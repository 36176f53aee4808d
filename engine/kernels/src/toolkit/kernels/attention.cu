// What attention in e4m3 takes of rows as those of qk_norm_rope, which are read twice and never written. Softmax does not see
// what is added to all keys alike, so the keys' mean is taken out, which else costs most of the digits; a sample's does.

// The sums of every so many rows' keys by columns, for each block, [blocks, 8 · vectors], and the most that queries, keys
// and values can be, as bits that begin at zero: a head's squares are as many as its numbers before they are weighted.
extern "C" __global__ void scan_parts(const uint4* qkv, u32 rows, u32 vectors, u32 lanes, const uint4* q_weight,
                                      const uint4* k_weight, const float4* cosines, const float4* sines, float eps,
                                      u32 every, float* sums, u32* largest) {
    float most = 0.0f;
    for (u32 first = 0; first < vectors; first += blockDim.x) {
        const u32 vector = first + threadIdx.x;
        const bool inside = vector < vectors;
        const u32 lane = vector & (lanes - 1);
#pragma unroll 4
        for (u32 row = blockIdx.x; row < rows; row += gridDim.x) {
            const Eight value = unpack(inside ? qkv[((u64)row * 3 + 2) * vectors + vector] : uint4{});
#pragma unroll
            for (int k = 0; k < 8; k++) most = fmaxf(most, fabsf(value.v[k]));
        }
        float sum[8] = {};
        for (u32 row = blockIdx.x * every; row < rows; row += gridDim.x * every) {
            const Turn turn = inside ? turn_of(cosines, sines, row, lane, lanes) : Turn{};
            const Eight raw = unpack(inside ? qkv[((u64)row * 3 + 1) * vectors + vector] : uint4{});
            const Eight key = normal_and_turned(raw, k_weight[lane], turn, lanes, eps);
#pragma unroll
            for (int k = 0; k < 8; k++) sum[k] += key.v[k];
        }
        if (!inside) continue;
#pragma unroll
        for (int k = 0; k < 8; k++) sums[((u64)blockIdx.x * vectors + vector) * 8 + k] = sum[k];
    }
    most = joined(most, [](float a, float b) { return fmaxf(a, b); });
    if (threadIdx.x == 0) atomicMax(largest + 2, __float_as_uint(most));
    if (blockIdx.x > 0 || threadIdx.x >= lanes) return;
#pragma unroll
    for (int part = 0; part < 2; part++) {
        const Eight weight = unpack((part == 0 ? q_weight : k_weight)[threadIdx.x]);
        float heaviest = 0.0f;
#pragma unroll
        for (int k = 0; k < 8; k++) heaviest = fmaxf(heaviest, fabsf(weight.v[k]));
        atomicMax(largest + part, __float_as_uint(heaviest * sqrtf(lanes * 8.0f)));
    }
}

// Threads that share the sums of 32 columns.
constexpr u32 SLICES = 32;

// The keys' means by columns, of which a block of 32 · SLICES threads has 32, over the rows that were summed. The first block
// also writes the numbers that attention takes: what brings queries, keys and values back to their size, what does so to the
// weights, what makes these large enough for e4m3, and the same for the result, which is no larger than the largest value.
extern "C" __global__ void join_parts(const float* sums, u32 blocks, u32 rows, u32 columns, const u32* largest,
                                      float* means, float* numbers) {
    __shared__ float of_slice[SLICES][32];
    const u32 lane = threadIdx.x % 32, slice = threadIdx.x / 32;
    const u32 column = blockIdx.x * 32 + lane;
    float sum = 0.0f;
    if (column < columns) {
#pragma unroll 8
        for (u32 block = slice; block < blocks; block += SLICES) sum += sums[(u64)block * columns + column];
    }
    of_slice[slice][lane] = sum;
    __syncthreads();
    if (slice > 0) return;
    for (u32 other = 1; other < SLICES; other++) sum += of_slice[other][lane];
    if (column < columns) means[column] = sum / rows;
    if (column > 0) return;
    float scales[3];
    for (int part = 0; part < 3; part++) {
        const float most = __uint_as_float(largest[part]) * (part == 1 ? 2.0f : 1.0f);
        scales[part] = most > E4M3_LEAST ? most / E4M3_MAX : 1.0f;
        numbers[part] = scales[part];
    }
    numbers[3] = 1.0f / E4M3_MAX;
    numbers[4] = E4M3_MAX;
    numbers[5] = 1.0f / scales[2];
}

// Rows of all three in e4m3, one block a row, and the scale of the result's row.
extern "C" __global__ void parts_e4m3(const uint4* qkv, u32 vectors, u32 lanes, const uint4* q_weight,
                                      const uint4* k_weight, const float4* cosines, const float4* sines, float eps,
                                      const float* means, const float* numbers, uint2* out, float* scales) {
    const uint4* row = qkv + (u64)blockIdx.x * vectors * 3;
    uint2* to = out + (u64)blockIdx.x * vectors * 3;
    for (u32 first = 0; first < vectors; first += blockDim.x) {
        const u32 vector = first + threadIdx.x;
        const bool inside = vector < vectors;
        const u32 lane = vector & (lanes - 1);
        uint4 bits[3] = {};
        Turn turn = {};
        if (inside) {
#pragma unroll
            for (int part = 0; part < 3; part++) bits[part] = row[part * vectors + vector];
            turn = turn_of(cosines, sines, blockIdx.x, lane, lanes);
            to[2 * vectors + vector] = pack_e4m3(unpack(bits[2]), 1.0f / numbers[2]);
        }
        const Eight query = normal_and_turned(unpack(bits[0]), q_weight[lane], turn, lanes, eps);
        if (inside) to[vector] = pack_e4m3(query, 1.0f / numbers[0]);
        Eight key = normal_and_turned(unpack(bits[1]), k_weight[lane], turn, lanes, eps);
        if (!inside) continue;
#pragma unroll
        for (int k = 0; k < 8; k++) key.v[k] -= means[8 * vector + k];
        to[vectors + vector] = pack_e4m3(key, 1.0f / numbers[1]);
    }
    if (threadIdx.x == 0) scales[blockIdx.x] = numbers[2];
}
