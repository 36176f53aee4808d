use super::constants::{
    Attribute, ConvolutionMode, DataType, HandleValue, Kind, PointwiseMode, ReduceOperator,
};
use super::descriptor::Descriptor;
use super::error::Result;
use super::library::{Handle, Library};

/// What the tensors in memory begin and step by, in bytes.
pub(super) const ALIGNMENT: usize = 16;

/// Operations on tensors that cuDNN makes one kernel of.
pub(super) struct Graph {
    library: &'static Library,
    handle: Handle,
    tensors: Vec<Descriptor>,
    /// What operations refer to.
    parts: Vec<Descriptor>,
    operations: Vec<Descriptor>,
    /// The unique ids of tensors that are given when the graph runs, in the order in which they were added.
    given: Vec<i64>,
}

/// A tensor of a graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node(usize);

/// A finished graph, with all that it refers to.
pub(super) struct Finished {
    pub graph: Descriptor,
    pub given: Vec<i64>,
    pub parts: Vec<Descriptor>,
}

/// Sizes and strides of a tensor in elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub sizes: [i64; 4],
    pub strides: [i64; 4],
}

impl Shape {
    /// The last number steps fastest.
    pub fn packed(sizes: [i64; 4]) -> Self {
        let [_, b, c, d] = sizes;
        Self {
            sizes,
            strides: [b * c * d, c * d, d, 1],
        }
    }

    /// [images, channels, height, width] with the channels of a pixel side by side.
    pub fn channels_last(sizes: [i64; 4]) -> Self {
        let [_, channels, height, width] = sizes;
        Self {
            sizes,
            strides: [height * width * channels, 1, width * channels, channels],
        }
    }

    /// The last two dimensions swapped.
    pub fn transposed(self) -> Self {
        let swap = |[a, b, c, d]: [i64; 4]| [a, b, d, c];
        Self {
            sizes: swap(self.sizes),
            strides: swap(self.strides),
        }
    }
}

impl Graph {
    pub fn new(library: &'static Library, handle: Handle) -> Self {
        Self {
            library,
            handle,
            tensors: Vec::new(),
            parts: Vec::new(),
            operations: Vec::new(),
            given: Vec::new(),
        }
    }

    /// A tensor in the device's memory, whose address is given at each run.
    pub fn in_memory(&mut self, data: DataType, shape: Shape) -> Result<Node> {
        let node = self.tensor(data, shape, None)?;
        self.given.push(node.id());
        Ok(node)
    }

    /// A number in the host's memory, whose address is given at each run.
    pub fn scalar(&mut self) -> Result<Node> {
        let by_value = Some(Attribute::TensorIsByValue);
        let node = self.tensor(DataType::Float, Shape::packed([1; 4]), by_value)?;
        self.given.push(node.id());
        Ok(node)
    }

    /// A tensor that exists only within the kernel.
    pub fn intermediate(&mut self, data: DataType, shape: Shape) -> Result<Node> {
        self.tensor(data, shape, Some(Attribute::TensorIsVirtual))
    }

    fn tensor(&mut self, data: DataType, shape: Shape, flag: Option<Attribute>) -> Result<Node> {
        let node = Node(self.tensors.len());
        let mut tensor = self
            .new_descriptor(Kind::Tensor)?
            .with(Attribute::TensorDataType, &[data])?
            .with(Attribute::TensorDimensions, &shape.sizes)?
            .with(Attribute::TensorStrides, &shape.strides)?
            .with(Attribute::TensorUniqueId, &[node.id()])?
            .with(Attribute::TensorByteAlignment, &[ALIGNMENT as i64])?;
        if let Some(flag) = flag {
            tensor = tensor.with(flag, &[true])?;
        }
        self.tensors.push(tensor.finalized()?);
        Ok(node)
    }

    /// softmax(q·kᵀ·scale)·v as one operation, since cuDNN 9.13.1.
    pub fn attention(&mut self, [q, k, v, scale, out]: [Node; 5]) -> Result<()> {
        self.operation(
            Kind::OperationSdpaForward,
            None,
            &[
                (Attribute::OperationSdpaFwdQDesc, q),
                (Attribute::OperationSdpaFwdKDesc, k),
                (Attribute::OperationSdpaFwdVDesc, v),
                (Attribute::OperationSdpaFwdODesc, out),
                (Attribute::OperationSdpaFwdScaleDesc, scale),
            ],
        )
    }

    pub fn matmul(&mut self, a: Node, b: Node, out: Node) -> Result<()> {
        let how = self
            .new_descriptor(Kind::Matmul)?
            .with(Attribute::MatmulCompType, &[DataType::Float])?;
        self.operation(
            Kind::OperationMatmul,
            Some((Attribute::OperationMatmulDesc, how)),
            &[
                (Attribute::OperationMatmulADesc, a),
                (Attribute::OperationMatmulBDesc, b),
                (Attribute::OperationMatmulCDesc, out),
            ],
        )
    }

    /// A function of one or two tensors, the second of which may be 1 long where the first is longer.
    pub fn pointwise(
        &mut self,
        mode: PointwiseMode,
        x: Node,
        other: Option<Node>,
        out: Node,
    ) -> Result<()> {
        let how = self
            .new_descriptor(Kind::Pointwise)?
            .with(Attribute::PointwiseMode, &[mode])?
            .with(Attribute::PointwiseMathPrec, &[DataType::Float])?;
        let mut nodes = vec![(Attribute::OperationPointwiseXDesc, x)];
        nodes.extend(other.map(|other| (Attribute::OperationPointwiseBDesc, other)));
        nodes.push((Attribute::OperationPointwiseYDesc, out));
        self.operation(
            Kind::OperationPointwise,
            Some((Attribute::OperationPointwisePwDescriptor, how)),
            &nodes,
        )
    }

    /// Over the dimensions where `out` is 1 long.
    pub fn reduce(&mut self, operator: ReduceOperator, x: Node, out: Node) -> Result<()> {
        let how = self
            .new_descriptor(Kind::Reduction)?
            .with(Attribute::ReductionCompType, &[DataType::Float])?
            .with(Attribute::ReductionOperator, &[operator])?;
        self.operation(
            Kind::OperationReduction,
            Some((Attribute::OperationReductionDesc, how)),
            &[
                (Attribute::OperationReductionXDesc, x),
                (Attribute::OperationReductionYDesc, out),
            ],
        )
    }

    /// `paddings`: zeros before and after, in both directions alike.
    pub fn convolution(
        &mut self,
        [x, weight, out]: [Node; 3],
        stride: i64,
        paddings: [i64; 2],
    ) -> Result<()> {
        let [before, after] = paddings;
        let how = self
            .new_descriptor(Kind::Convolution)?
            .with(Attribute::ConvolutionCompType, &[DataType::Float])?
            .with(
                Attribute::ConvolutionMode,
                &[ConvolutionMode::CrossCorrelation],
            )?
            .with(Attribute::ConvolutionSpatialDims, &[2_i64])?
            .with(Attribute::ConvolutionDilations, &[1_i64; 2])?
            .with(Attribute::ConvolutionFilterStrides, &[stride; 2])?
            .with(Attribute::ConvolutionPrePaddings, &[before; 2])?
            .with(Attribute::ConvolutionPostPaddings, &[after; 2])?
            .finalized()?;
        let operation = self
            .new_descriptor(Kind::OperationConvolutionForward)?
            .with(
                Attribute::OperationConvolutionForwardConvDesc,
                &[how.reference()],
            )?
            .with(Attribute::OperationConvolutionForwardAlpha, &[1.0_f32])?
            .with(Attribute::OperationConvolutionForwardBeta, &[0.0_f32])?;
        self.parts.push(how);
        self.finish_operation(
            operation,
            &[
                (Attribute::OperationConvolutionForwardX, x),
                (Attribute::OperationConvolutionForwardW, weight),
                (Attribute::OperationConvolutionForwardY, out),
            ],
        )
    }

    pub fn finished(self) -> Result<Finished> {
        let operations: Vec<_> = self.operations.iter().map(Descriptor::reference).collect();
        let graph = Descriptor::new(self.library, Kind::OperationGraph)?
            .with(Attribute::OperationGraphOps, &operations)?
            .with(Attribute::OperationGraphHandle, &[HandleValue(self.handle)])?
            .finalized()?;
        let mut parts = self.operations;
        parts.extend(self.parts);
        parts.extend(self.tensors);
        Ok(Finished {
            graph,
            given: self.given,
            parts,
        })
    }

    /// `how` is the description that the operation refers to by an attribute.
    fn operation(
        &mut self,
        kind: Kind,
        how: Option<(Attribute, Descriptor)>,
        nodes: &[(Attribute, Node)],
    ) -> Result<()> {
        let mut operation = self.new_descriptor(kind)?;
        if let Some((name, how)) = how {
            let how = how.finalized()?;
            operation = operation.with(name, &[how.reference()])?;
            self.parts.push(how);
        }
        self.finish_operation(operation, nodes)
    }

    fn finish_operation(
        &mut self,
        mut operation: Descriptor,
        nodes: &[(Attribute, Node)],
    ) -> Result<()> {
        for (name, Node(index)) in nodes {
            operation = operation.with(*name, &[self.tensors[*index].reference()])?;
        }
        self.operations.push(operation.finalized()?);
        Ok(())
    }

    fn new_descriptor(&self, kind: Kind) -> Result<Descriptor> {
        Descriptor::new(self.library, kind)
    }
}

impl Node {
    fn id(self) -> i64 {
        self.0 as i64 + 1
    }
}
