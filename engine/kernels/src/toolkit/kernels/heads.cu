// Queries and keys of all heads of a token, one block a token: rows of query, key and value, each `vectors` long. A head's
// vectors are `lanes` neighbouring threads, a power of two of at most 32.

// The turn of a head's pairs of numbers in this thread's vector.
struct Turn {
    float cos[4], sin[4];
};

__device__ inline Turn turn_of(const float4* cosines, const float4* sines, u64 row, u32 lane, u32 lanes) {
    const float4 c = cosines[row * lanes + lane], s = sines[row * lanes + lane];
    return {{c.x, c.y, c.z, c.w}, {s.x, s.y, s.z, s.w}};
}

// A head's vector, normalised by all of the head and turned. All threads of a warp come here.
__device__ inline Eight normal_and_turned(Eight x, uint4 weight, const Turn& turn, u32 lanes, float eps) {
    float squares = 0.0f;
#pragma unroll
    for (int k = 0; k < 8; k++) squares += x.v[k] * x.v[k];
    for (u32 distance = lanes / 2; distance > 0; distance /= 2) squares += __shfl_xor_sync(~0u, squares, distance);
    const float factor = 1.0f / sqrtf(squares / (lanes * 8.0f) + eps);
    const Eight by = unpack(weight);
#pragma unroll
    for (int k = 0; k < 8; k += 2) {
        const float a = x.v[k] * factor * by.v[k], b = x.v[k + 1] * factor * by.v[k + 1];
        x.v[k] = a * turn.cos[k / 2] - b * turn.sin[k / 2];
        x.v[k + 1] = a * turn.sin[k / 2] + b * turn.cos[k / 2];
    }
    return x;
}

// In place.
extern "C" __global__ void qk_norm_rope(uint4* qkv, u32 vectors, u32 lanes, const uint4* q_weight,
                                         const uint4* k_weight, const float4* cosines, const float4* sines,
                                         float eps) {
    uint4* row = qkv + (u64)blockIdx.x * vectors * 3;
    for (u32 first = 0; first < vectors; first += blockDim.x) {
        const u32 vector = first + threadIdx.x;
        const bool inside = vector < vectors;
        const u32 lane = vector & (lanes - 1);
        uint4 bits[2] = {};
        Turn turn = {};
        if (inside) {
            bits[0] = row[vector];
            bits[1] = row[vectors + vector];
            turn = turn_of(cosines, sines, blockIdx.x, lane, lanes);
        }
#pragma unroll
        for (int part = 0; part < 2; part++) {
            const uint4 weight = (part == 0 ? q_weight : k_weight)[lane];
            const Eight x = normal_and_turned(unpack(bits[part]), weight, turn, lanes, eps);
            if (inside) row[part * vectors + vector] = pack(x);
        }
    }
}
