use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use super::keys::Factor::{self, First, FirstA, FirstB, Second, SecondA, SecondB};
use super::keys::Role;
use crate::Result;

/// What a file does to one module, by the names of its tensors.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub tensors: HashMap<Role, String>,
}

/// How a change is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Up·Down
    Pair,
    /// LoHa's (A·B)∘(C·D)
    Hada,
    /// LoKr's A⊗B, of which each is whole or a product itself
    Kron,
}

/// The tensors of a change, in f32 on one device.
pub(super) struct Tensors {
    pub form: Form,
    pub found: HashMap<Role, Tensor>,
    /// Where no tensor says it.
    pub alpha: Option<f64>,
    /// Whether the rank's root divides in place of the rank.
    pub rank_stabilised: bool,
}

impl Change {
    /// `None` where a part is missing.
    pub fn form(&self) -> Option<Form> {
        let has = |role: Role| self.tensors.contains_key(&role);
        let matrix = |whole: Factor, [a, b]: [Factor; 2]| {
            has(Role::Kron(whole)) || has(Role::Kron(a)) && has(Role::Kron(b))
        };
        let hada = [FirstA, FirstB, SecondA, SecondB].map(Role::Hada);
        if has(Role::Down) && has(Role::Up) {
            Some(Form::Pair)
        } else if hada.into_iter().all(has) {
            Some(Form::Hada)
        } else if matrix(First, [FirstA, FirstB]) && matrix(Second, [SecondA, SecondB]) {
            Some(Form::Kron)
        } else {
            None
        }
    }
}

impl Form {
    /// The rank that alpha is divided by. Two whole matrices have none, and then alpha means nothing.
    fn rank(self, size: impl Fn(Role, usize) -> Option<usize>) -> Option<usize> {
        match self {
            Self::Pair => size(Role::Down, 0),
            Self::Hada => size(Role::Hada(FirstB), 0),
            // The last pair of factors has it.
            Self::Kron => size(Role::Kron(SecondB), 0).or_else(|| size(Role::Kron(FirstB), 0)),
        }
    }

    /// The rank of [`Tensors::factors`], by the sizes of the change's tensors; `None` where those are no narrow matrices.
    pub fn rank_beside(self, size: impl Fn(Role, usize) -> Option<usize>) -> Option<usize> {
        match self {
            Self::Pair => self.rank(size),
            Self::Hada => Some(self.rank(&size)? * size(Role::Hada(SecondB), 0)?),
            Self::Kron => {
                let kron = |factor, at| size(Role::Kron(factor), at);
                let first = kron(First, 1).or_else(|| kron(FirstB, 1))?;
                let rank = first * kron(SecondB, 0)?;
                // As wide as the weight, it would be no less work.
                (2 * rank <= first * kron(SecondB, 1)?).then_some(rank)
            }
        }
    }
}

impl Tensors {
    /// What is added to the module's weight at strength 1; `None` where factors do not fit each other. `shape` is the
    /// weight's, which the result has.
    pub fn whole(&self, shape: [usize; 2]) -> Result<Option<Tensor>> {
        let whole = match self.form {
            Form::Pair => self.product(Role::Up, Role::Down)?,
            Form::Hada => {
                let first = self.product(Role::Hada(FirstA), Role::Hada(FirstB))?;
                let second = self.product(Role::Hada(SecondA), Role::Hada(SecondB))?;
                match (first, second) {
                    (Some(first), Some(second)) if first.dims() == second.dims() => {
                        Some((first * second)?)
                    }
                    _ => None,
                }
            }
            Form::Kron => {
                let first = self.kron_factor(First, [FirstA, FirstB])?;
                let second = self.kron_factor(Second, [SecondA, SecondB])?;
                match (first, second) {
                    (Some(first), Some(second)) => kronecker(&first, &second)?,
                    _ => None,
                }
            }
        };
        let whole = whole.filter(|whole| whole.dims() == shape);
        whole.map(|whole| self.scaled(whole)).transpose()
    }

    /// [`Self::whole`] as a product of up [out, rank] and down [rank, in]; `None` where it is none of a few columns, or
    /// factors do not fit each other.
    pub fn factors(&self, [rows, columns]: [usize; 2]) -> Result<Option<[Tensor; 2]>> {
        let pair = |a: Role, b: Role| Some([self.found.get(&a)?, self.found.get(&b)?]);
        let made = match self.form {
            Form::Pair => pair(Role::Up, Role::Down).map(|pair| pair.map(Tensor::clone)),
            Form::Hada => {
                let first = pair(Role::Hada(FirstA), Role::Hada(FirstB));
                let second = pair(Role::Hada(SecondA), Role::Hada(SecondB));
                match (first, second) {
                    (Some([a, b]), Some([c, d])) => {
                        let up = rows_by_rows(&a.t()?, &c.t()?)?;
                        let up = up.map(|up| up.t()?.contiguous()).transpose()?;
                        up.zip(rows_by_rows(b, d)?).map(<[Tensor; 2]>::from)
                    }
                    _ => None,
                }
            }
            Form::Kron => {
                let first = self.kron_factor(First, [FirstA, FirstB])?;
                match (first, pair(Role::Kron(SecondA), Role::Kron(SecondB))) {
                    // A⊗(B·C) = (A⊗B)·(1⊗C)
                    (Some(first), Some([a, b])) => {
                        let identity = Tensor::eye(first.dim(1)?, DType::F32, first.device())?;
                        let up = kronecker(&first, a)?;
                        up.zip(kronecker(&identity, b)?).map(<[Tensor; 2]>::from)
                    }
                    _ => None,
                }
            }
        };
        let Some([up, down]) = made else {
            return Ok(None);
        };
        match (up.dims(), down.dims()) {
            (&[of_up, inner], &[of_down, of_columns])
                if of_up == rows && inner == of_down && of_columns == columns =>
            {
                Ok(Some([self.scaled(up)?, down]))
            }
            _ => Ok(None),
        }
    }

    fn product(&self, a: Role, b: Role) -> Result<Option<Tensor>> {
        match (self.found.get(&a), self.found.get(&b)) {
            (Some(a), Some(b)) => times(a, b),
            _ => Ok(None),
        }
    }

    /// One side of a Kronecker product, which a file has whole or as a product itself.
    fn kron_factor(&self, whole: Factor, [a, b]: [Factor; 2]) -> Result<Option<Tensor>> {
        match self.found.get(&Role::Kron(whole)) {
            Some(whole) => Ok(Some(whole.clone())),
            None => self.product(Role::Kron(a), Role::Kron(b)),
        }
    }

    /// By alpha over the rank.
    fn scaled(&self, x: Tensor) -> Result<Tensor> {
        let size = |role, at| self.found.get(&role)?.dims().get(at).copied();
        let Some(rank) = self.form.rank(size) else {
            return Ok(x);
        };
        let stored = self.found.get(&Role::Alpha);
        let stored = stored.map(|alpha| alpha.flatten_all()?.mean_all()?.to_scalar::<f32>());
        let alpha = stored.transpose()?.map(f64::from).or(self.alpha);
        let divisor = match self.rank_stabilised {
            true => (rank as f64).sqrt(),
            false => rank as f64,
        };
        Ok((x * (alpha.unwrap_or(divisor) / divisor))?)
    }
}

/// Each row of the first times each of the second, number by number: (A·B)∘(C·D), of two products with rank r, is one with
/// rank r², of A's columns by C's and B's rows by D's.
fn rows_by_rows(a: &Tensor, b: &Tensor) -> Result<Option<Tensor>> {
    let (Ok((a_rows, width)), Ok((b_rows, other))) = (a.dims2(), b.dims2()) else {
        return Ok(None);
    };
    if width != other {
        return Ok(None);
    }
    let a = a.contiguous()?.reshape((a_rows, 1, width))?;
    let all = a.broadcast_mul(&b.contiguous()?.reshape((1, b_rows, width))?)?;
    Ok(Some(all.reshape((a_rows * b_rows, width))?))
}

/// a·b of two matrices that fit.
fn times(a: &Tensor, b: &Tensor) -> Result<Option<Tensor>> {
    match (a.dims(), b.dims()) {
        ([_, inner], [other, _]) if inner == other => Ok(Some(a.matmul(b)?)),
        _ => Ok(None),
    }
}

fn kronecker(a: &Tensor, b: &Tensor) -> Result<Option<Tensor>> {
    let (Ok((rows, columns)), Ok((inner_rows, inner_columns))) = (a.dims2(), b.dims2()) else {
        return Ok(None);
    };
    let a = a.reshape((rows, 1, columns, 1))?;
    let b = b.reshape((1, inner_rows, 1, inner_columns))?;
    let whole = a.broadcast_mul(&b)?;
    Ok(Some(
        whole.reshape((rows * inner_rows, columns * inner_columns))?,
    ))
}

/// Numbers of a file as a tensor.
pub(super) fn tensor(numbers: Vec<f32>, shape: &[usize], device: &Device) -> Result<Tensor> {
    let tensor = Tensor::from_vec(numbers, shape, device)?;
    // A convolution of one pixel is a matrix.
    let tensor = match tensor.dims() {
        [rows, columns, 1, 1] => tensor.reshape((*rows, *columns))?,
        _ => tensor,
    };
    Ok(tensor.to_dtype(DType::F32)?)
}
