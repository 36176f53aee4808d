use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use super::keys::{Factor, Role};
use crate::Result;

/// What a file does to one module, by the names of its tensors.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub tensors: HashMap<Role, String>,
}

/// The tensors of a change, in f32 on one device.
pub(super) struct Tensors {
    pub found: HashMap<Role, Tensor>,
    /// Where no tensor says it.
    pub alpha: Option<f64>,
    /// Whether the rank's root divides in place of the rank.
    pub rank_stabilised: bool,
}

impl Change {
    /// Whether it is complete: a pair of factors, or all of a product's.
    pub fn is_whole(&self) -> bool {
        use Factor::{First, FirstA, FirstB, Second, SecondA, SecondB};
        let has = |role: Role| self.tensors.contains_key(&role);
        let matrix = |whole: Factor, [a, b]: [Factor; 2]| {
            has(Role::Kron(whole)) || has(Role::Kron(a)) && has(Role::Kron(b))
        };
        has(Role::Down) && has(Role::Up)
            || [FirstA, FirstB, SecondA, SecondB]
                .iter()
                .all(|factor| has(Role::Hada(*factor)))
            || matrix(First, [FirstA, FirstB]) && matrix(Second, [SecondA, SecondB])
    }
}

impl Tensors {
    /// What is added to the module's weight at strength 1; `None` where factors do not fit each other. `shape` is the
    /// weight's, which the result has.
    pub fn whole(&self, shape: [usize; 2]) -> Result<Option<Tensor>> {
        use Factor::{First, FirstA, FirstB, Second, SecondA, SecondB};
        if let (Some(down), Some(_)) = (self.found.get(&Role::Down), self.found.get(&Role::Up)) {
            let whole = self.product(Role::Up, Role::Down)?;
            return self.scaled(whole, Some(down.dim(0)?), shape);
        }
        if let Some(b) = self.found.get(&Role::Hada(FirstB)) {
            let rank = b.dim(0)?;
            let first = self.product(Role::Hada(FirstA), Role::Hada(FirstB))?;
            let second = self.product(Role::Hada(SecondA), Role::Hada(SecondB))?;
            let whole = match (first, second) {
                (Some(first), Some(second)) if first.dims() == second.dims() => {
                    Some((first * second)?)
                }
                _ => None,
            };
            return self.scaled(whole, Some(rank), shape);
        }
        // The last pair of factors has the rank; two whole matrices have none, and then alpha means nothing.
        let factors = [SecondB, FirstB].map(|factor| self.found.get(&Role::Kron(factor)));
        let rank = factors.into_iter().flatten().next();
        let rank = rank.map(|factor| factor.dim(0)).transpose()?;
        let first = self.kron_factor(First, [FirstA, FirstB])?;
        let second = self.kron_factor(Second, [SecondA, SecondB])?;
        let whole = match (first, second) {
            (Some(first), Some(second)) => kronecker(&first, &second)?,
            _ => None,
        };
        self.scaled(whole, rank, shape)
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

    fn scaled(
        &self,
        whole: Option<Tensor>,
        rank: Option<usize>,
        shape: [usize; 2],
    ) -> Result<Option<Tensor>> {
        let Some(whole) = whole.filter(|whole| whole.dims() == shape) else {
            return Ok(None);
        };
        let Some(rank) = rank.map(|rank| rank as f64) else {
            return Ok(Some(whole));
        };
        Ok(Some((whole * self.scale(rank)?)?))
    }

    fn scale(&self, rank: f64) -> Result<f64> {
        let stored = self.found.get(&Role::Alpha);
        let stored = stored.map(|alpha| alpha.flatten_all()?.mean_all()?.to_scalar::<f32>());
        let alpha = stored.transpose()?.map(f64::from).or(self.alpha);
        let divisor = if self.rank_stabilised {
            rank.sqrt()
        } else {
            rank
        };
        Ok(alpha.unwrap_or(divisor) / divisor)
    }

    /// [`Self::whole`] as a product of up [out, rank] and down [rank, in]; `None` where it is none of a few columns, or
    /// factors do not fit each other.
    pub fn factors(&self, [rows, columns]: [usize; 2]) -> Result<Option<[Tensor; 2]>> {
        use Factor::{First, FirstA, FirstB, SecondA, SecondB};
        let pair = |up: Role, down: Role| Some([self.found.get(&up)?, self.found.get(&down)?]);
        let (up, down, rank) = if let Some([up, down]) = pair(Role::Up, Role::Down) {
            (up.clone(), down.clone(), down.dim(0)?)
        } else if let (Some([a, b]), Some([c, d])) = (
            pair(Role::Hada(FirstA), Role::Hada(FirstB)),
            pair(Role::Hada(SecondA), Role::Hada(SecondB)),
        ) {
            match (rows_by_rows(&a.t()?, &c.t()?)?, rows_by_rows(b, d)?) {
                (Some(up), Some(down)) => (up.t()?.contiguous()?, down, b.dim(0)?),
                _ => return Ok(None),
            }
        } else if let (Some(first), Some([a, b])) = (
            self.kron_factor(First, [FirstA, FirstB])?,
            pair(Role::Kron(SecondA), Role::Kron(SecondB)),
        ) {
            // A⊗(B·C) = (A⊗B)·(1⊗C)
            let identity = Tensor::eye(first.dim(1)?, DType::F32, first.device())?;
            match (kronecker(&first, a)?, kronecker(&identity, b)?) {
                (Some(up), Some(down)) => (up, down, b.dim(0)?),
                _ => return Ok(None),
            }
        } else {
            return Ok(None);
        };
        let inner = down.dim(0)?;
        if up.dims() != [rows, inner] || down.dims() != [inner, columns] {
            return Ok(None);
        }
        let up = (up * self.scale(rank as f64)?)?;
        Ok(Some([up, down]))
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
