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

    /// The pattern that cuDNN recognises as attention. The sums' logarithms are part of it, though nothing reads them.
    fn in_parts(&self, graph: &mut Graph) -> Result<()> {
        let [one, heads, queries, _] = self.q.sizes;
        let [_, _, keys, _] = self.k.sizes;
        let all = Shape::packed([one, heads, queries, keys]);
        let per_query = Shape::packed([one, heads, queries, 1]);

        let q = graph.in_memory(DataType::BFloat16, self.q)?;
        let k = graph.in_memory(DataType::BFloat16, self.k.transposed())?;
        let v = graph.in_memory(DataType::BFloat16, self.v)?;
        let scale = graph.scalar()?;
        let out = graph.in_memory(DataType::BFloat16, self.out)?;

        let mut wide = |shape| -> Result<Node> { graph.intermediate(DataType::Float, shape) };
        let [products, scores, differences, powers] =
            [wide(all)?, wide(all)?, wide(all)?, wide(all)?];
        let [greatest, sums, logarithms, statistics] = [
            wide(per_query)?,
            wide(per_query)?,
            wide(per_query)?,
            wide(per_query)?,
        ];
        let shares = graph.intermediate(DataType::BFloat16, all)?;

        graph.matmul(q, k, products)?;
        graph.pointwise(PointwiseMode::Mul, products, Some(scale), scores)?;
        graph.reduce(ReduceOperator::Max, scores, greatest)?;
        graph.pointwise(PointwiseMode::Sub, scores, Some(greatest), differences)?;
        graph.pointwise(PointwiseMode::Exp, differences, None, powers)?;
        graph.reduce(ReduceOperator::Add, powers, sums)?;
        graph.pointwise(PointwiseMode::Log, sums, None, logarithms)?;
        graph.pointwise(PointwiseMode::Add, greatest, Some(logarithms), statistics)?;
        graph.pointwise(PointwiseMode::Div, powers, Some(sums), shares)?;
        graph.matmul(shares, v, out)
    }
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
