//! The operations that cuDNN does for us, with all that a plan depends on, and their graphs.

use super::constants::{DataType, PointwiseMode, ReduceOperator};
use super::error::Result;
use super::graph::{Graph, Node, Shape};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    /// One operation of cuDNN's, since 9.13.1.
    Attention(Attention),
    /// The same spelled out.
    AttentionInParts(Attention),
    /// In e4m3.
    AttentionInFp8(Attention),
    Convolution(Convolution),
}

/// Sizes and strides of an attention [1, heads, rows, d].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Attention {
    pub q: Shape,
    pub k: Shape,
    pub v: Shape,
    pub out: Shape,
}

/// Sizes of a convolution of tensors with their channels last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Convolution {
    /// [1, channels, height, width]
    pub x: [i64; 4],
    /// [out, channels, kernel, kernel]
    pub weight: [i64; 4],
    pub out: [i64; 4],
    pub stride: i64,
    pub paddings: [i64; 2],
}

impl Operation {
    pub fn describe(&self, graph: &mut Graph) -> Result<()> {
        match self {
            Self::Attention(attention) => attention.whole(graph),
            Self::AttentionInParts(attention) => attention.in_parts(graph),
            Self::AttentionInFp8(attention) => attention.in_fp8(graph),
            Self::Convolution(convolution) => convolution.graph(graph),
        }
    }
}

impl Attention {
    /// cuDNN's own operation.
    fn whole(&self, graph: &mut Graph) -> Result<()> {
        let q = graph.in_memory(DataType::BFloat16, self.q)?;
        let k = graph.in_memory(DataType::BFloat16, self.k)?;
        let v = graph.in_memory(DataType::BFloat16, self.v)?;
        let scale = graph.scalar()?;
        let out = graph.in_memory(DataType::BFloat16, self.out)?;
        graph.attention([q, k, v, scale, out])
    }

    /// The pattern that cuDNN recognises as attention.
    fn in_parts(&self, graph: &mut Graph) -> Result<()> {
        let q = graph.in_memory(DataType::BFloat16, self.q)?;
        let k = graph.in_memory(DataType::BFloat16, self.k.transposed())?;
        let v = graph.in_memory(DataType::BFloat16, self.v)?;
        let scale = graph.scalar()?;
        let out = graph.in_memory(DataType::BFloat16, self.out)?;
        let shares = graph.intermediate(DataType::BFloat16, self.scores())?;
        self.softmax(graph, [q, k], &[scale], shares)?;
        graph.matmul(shares, v, out)
    }

    /// The same in e4m3 (NVIDIA/cudnn-frontend 1.32, `node/scaled_dot_product_flash_attention.h` and `node/matmul_fp8.h`).
    /// Each scale is one number in the device's memory.
    fn in_fp8(&self, graph: &mut Graph) -> Result<()> {
        let q = graph.in_memory(DataType::Fp8E4M3, self.q)?;
        let k = graph.in_memory(DataType::Fp8E4M3, self.k.transposed())?;
        let v = graph.in_memory(DataType::Fp8E4M3, self.v)?;
        let scale = graph.scalar()?;
        let mut numbers = [scale; 6];
        for number in &mut numbers {
            *number = graph.in_memory(DataType::Float, Shape::packed([1; 4]))?;
        }
        let [of_q, of_k, of_v, of_shares, to_shares, to_out] = numbers;
        let out = graph.in_memory(DataType::Fp8E4M3, self.out)?;
        let most_share = graph.in_memory(DataType::Float, Shape::packed([1; 4]))?;
        let most_out = graph.in_memory(DataType::Float, Shape::packed([1; 4]))?;

        let shares = graph.intermediate(DataType::Float, self.scores())?;
        self.softmax(graph, [q, k], &[scale, of_q, of_k], shares)?;
        graph.reduce(ReduceOperator::AbsMax, shares, most_share)?;
        let rounded = graph.intermediate(DataType::Fp8E4M3, self.scores())?;
        graph.pointwise(PointwiseMode::Mul, shares, Some(to_shares), rounded)?;

        let result = Shape::packed(self.out.sizes);
        let sums = graph.intermediate(DataType::Float, result)?;
        graph.matmul(rounded, v, sums)?;
        let sums = times(graph, sums, &[of_shares, of_v], result)?;
        graph.pointwise(PointwiseMode::Mul, sums, Some(to_out), out)?;
        graph.reduce(ReduceOperator::AbsMax, sums, most_out)
    }

    fn scores(&self) -> Shape {
        let [one, heads, queries, _] = self.q.sizes;
        let [_, _, keys, _] = self.k.sizes;
        Shape::packed([one, heads, queries, keys])
    }

    /// Of q·k times all factors. The sums' logarithms are part of the pattern, though nothing reads them.
    fn softmax(
        &self,
        graph: &mut Graph,
        [q, k]: [Node; 2],
        factors: &[Node],
        shares: Node,
    ) -> Result<()> {
        let all = self.scores();
        let [one, heads, queries, _] = all.sizes;
        let per_query = Shape::packed([one, heads, queries, 1]);
        let products = graph.intermediate(DataType::Float, all)?;
        graph.matmul(q, k, products)?;
        let scores = times(graph, products, factors, all)?;

        let mut wide = |shape| -> Result<Node> { graph.intermediate(DataType::Float, shape) };
        let [differences, powers] = [wide(all)?, wide(all)?];
        let [greatest, sums, logarithms, statistics] = [
            wide(per_query)?,
            wide(per_query)?,
            wide(per_query)?,
            wide(per_query)?,
        ];
        graph.reduce(ReduceOperator::Max, scores, greatest)?;
        graph.pointwise(PointwiseMode::Sub, scores, Some(greatest), differences)?;
        graph.pointwise(PointwiseMode::Exp, differences, None, powers)?;
        graph.reduce(ReduceOperator::Add, powers, sums)?;
        graph.pointwise(PointwiseMode::Log, sums, None, logarithms)?;
        graph.pointwise(PointwiseMode::Add, greatest, Some(logarithms), statistics)?;
        graph.pointwise(PointwiseMode::Div, powers, Some(sums), shares)
    }
}

/// In f32.
fn times(graph: &mut Graph, x: Node, factors: &[Node], shape: Shape) -> Result<Node> {
    factors.iter().try_fold(x, |x, factor| {
        let product = graph.intermediate(DataType::Float, shape)?;
        graph.pointwise(PointwiseMode::Mul, x, Some(*factor), product)?;
        Ok(product)
    })
}

impl Convolution {
    fn graph(&self, graph: &mut Graph) -> Result<()> {
        let out_shape = Shape::channels_last(self.out);
        let bias_shape = Shape::channels_last([1, self.out[1], 1, 1]);
        let x = graph.in_memory(DataType::BFloat16, Shape::channels_last(self.x))?;
        let weight = graph.in_memory(DataType::BFloat16, Shape::channels_last(self.weight))?;
        let bias = graph.in_memory(DataType::BFloat16, bias_shape)?;
        let out = graph.in_memory(DataType::BFloat16, out_shape)?;

        let products = graph.intermediate(DataType::Float, out_shape)?;
        graph.convolution([x, weight, products], self.stride, self.paddings)?;
        graph.pointwise(PointwiseMode::Add, products, Some(bias), out)
    }
}
