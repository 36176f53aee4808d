//! The numbers of cuDNN's backend API that are used here, by their names in `cudnn_graph.h` (cuDNN 9.14) without prefix.

use std::ffi::c_void;

/// `cudnnBackendDescriptorType_t`
#[repr(u32)]
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Pointwise = 0,
    Convolution = 1,
    EngineConfig = 3,
    EngineHeuristic = 4,
    ExecutionPlan = 5,
    OperationConvolutionForward = 10,
    OperationPointwise = 13,
    OperationGraph = 15,
    VariantPack = 16,
    Tensor = 17,
    Matmul = 18,
    OperationMatmul = 19,
    Reduction = 21,
    OperationReduction = 22,
    OperationSdpaForward = 41,
}

/// `cudnnBackendAttributeName_t`
#[repr(u32)]
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute {
    PointwiseMode = 0,
    PointwiseMathPrec = 1,
    ConvolutionCompType = 100,
    ConvolutionMode = 101,
    ConvolutionDilations = 102,
    ConvolutionFilterStrides = 103,
    ConvolutionPostPaddings = 104,
    ConvolutionPrePaddings = 105,
    ConvolutionSpatialDims = 106,
    EngineHeurMode = 200,
    EngineHeurOperationGraph = 201,
    EngineHeurResults = 202,
    ExecutionPlanHandle = 400,
    ExecutionPlanEngineConfig = 401,
    ExecutionPlanWorkspaceSize = 402,
    OperationConvolutionForwardAlpha = 700,
    OperationConvolutionForwardBeta = 701,
    OperationConvolutionForwardConvDesc = 702,
    OperationConvolutionForwardW = 703,
    OperationConvolutionForwardX = 704,
    OperationConvolutionForwardY = 705,
    OperationPointwisePwDescriptor = 750,
    OperationPointwiseXDesc = 751,
    OperationPointwiseBDesc = 752,
    OperationPointwiseYDesc = 753,
    OperationGraphHandle = 800,
    OperationGraphOps = 801,
    TensorByteAlignment = 900,
    TensorDataType = 901,
    TensorDimensions = 902,
    TensorStrides = 903,
    TensorUniqueId = 906,
    TensorIsVirtual = 907,
    TensorIsByValue = 908,
    VariantPackUniqueIds = 1000,
    VariantPackDataPointers = 1001,
    VariantPackWorkspace = 1003,
    MatmulCompType = 1500,
    OperationMatmulADesc = 1520,
    OperationMatmulBDesc = 1521,
    OperationMatmulCDesc = 1522,
    OperationMatmulDesc = 1523,
    ReductionOperator = 1600,
    ReductionCompType = 1601,
    OperationReductionXDesc = 1610,
    OperationReductionYDesc = 1611,
    OperationReductionDesc = 1612,
    OperationSdpaFwdQDesc = 2800,
    OperationSdpaFwdKDesc = 2801,
    OperationSdpaFwdVDesc = 2802,
    OperationSdpaFwdODesc = 2803,
    OperationSdpaFwdScaleDesc = 2805,
}

/// `cudnnDataType_t`
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataType {
    Float = 0,
    BFloat16 = 9,
    Fp8E4M3 = 12,
}

/// `cudnnPointwiseMode_t`
#[repr(u32)]
#[derive(Debug, Clone, Copy)]
pub(super) enum PointwiseMode {
    Add = 0,
    Mul = 1,
    Div = 6,
    Sub = 9,
    Exp = 13,
    Log = 15,
}

/// `cudnnReduceTensorOp_t`
#[repr(u32)]
#[derive(Debug, Clone, Copy)]
pub(super) enum ReduceOperator {
    Add = 0,
    Max = 3,
    AbsMax = 4,
}

/// `cudnnConvolutionMode_t`
#[repr(u32)]
#[derive(Debug, Clone, Copy)]
pub(super) enum ConvolutionMode {
    CrossCorrelation = 1,
}

/// `cudnnBackendHeurMode_t`
#[repr(u32)]
#[derive(Debug, Clone, Copy)]
pub(super) enum HeuristicMode {
    A = 3,
}

/// `cudnnHandle_t` as an attribute.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub(super) struct HandleValue(pub *mut c_void);

/// `cudnnBackendDescriptor_t` as an attribute.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference(pub *mut c_void);

/// What attributes are made of, with its number in `cudnnBackendAttributeType_t`.
///
/// # Safety
/// The type has the size and the values that cuDNN expects for the number.
pub(super) unsafe trait Value: Copy {
    const TYPE: u32;
}

macro_rules! values {
    ($($type:ty = $number:literal),* $(,)?) => {
        // SAFETY: by the header's comments on each type.
        $(unsafe impl Value for $type {
            const TYPE: u32 = $number;
        })*
    };
}

values! {
    HandleValue = 0,
    DataType = 1,
    bool = 2,
    i64 = 3,
    f32 = 4,
    *mut c_void = 6,
    ConvolutionMode = 7,
    HeuristicMode = 8,
    PointwiseMode = 14,
    Reference = 15,
    ReduceOperator = 18,
}
