/// The column of each row that together cost least (Kuhn, 1955; Munkres, 1957), by shortest augmenting paths with
/// potentials. Where there are more rows than columns, the rows left over have none.
pub fn assign(costs: &[Vec<f64>]) -> Vec<Option<usize>> {
    let rows = costs.len();
    let columns = costs.first().map_or(0, Vec::len);
    if rows > columns {
        let turned: Vec<Vec<f64>> = (0..columns)
            .map(|c| costs.iter().map(|row| row[c]).collect())
            .collect();
        let mut of_row = vec![None; rows];
        for (column, row) in assign(&turned).into_iter().enumerate() {
            if let Some(row) = row {
                of_row[row] = Some(column);
            }
        }
        return of_row;
    }
    // Column 0 is not real: the row being placed starts there.
    let (mut row_potential, mut column_potential) = (vec![0.0; rows], vec![0.0; columns + 1]);
    let mut of_column: Vec<Option<usize>> = vec![None; columns + 1];
    for row in 0..rows {
        of_column[0] = Some(row);
        let (mut least, mut before) = (vec![f64::INFINITY; columns + 1], vec![0; columns + 1]);
        let mut done = vec![false; columns + 1];
        let mut at = 0;
        while let Some(i) = of_column[at] {
            done[at] = true;
            let (mut step, mut next) = (f64::INFINITY, 0);
            for j in (1..=columns).filter(|&j| !done[j]) {
                let reduced = costs[i][j - 1] - row_potential[i] - column_potential[j];
                if reduced < least[j] {
                    (least[j], before[j]) = (reduced, at);
                }
                if least[j] < step {
                    (step, next) = (least[j], j);
                }
            }
            for j in 0..=columns {
                if done[j] {
                    if let Some(i) = of_column[j] {
                        row_potential[i] += step;
                    }
                    column_potential[j] -= step;
                } else {
                    least[j] -= step;
                }
            }
            at = next;
        }
        while at != 0 {
            of_column[at] = of_column[before[at]];
            at = before[at];
        }
    }
    let mut of_row = vec![None; rows];
    for (column, row) in of_column.into_iter().enumerate().skip(1) {
        if let Some(row) = row {
            of_row[row] = Some(column - 1);
        }
    }
    of_row
}

#[cfg(test)]
mod tests {
    use super::assign;

    #[test]
    fn the_cheapest_pairs_win_over_the_greedy_ones() {
        let costs = [vec![1.0, 2.0, 9.0], vec![1.0, 9.0, 9.0]];
        assert_eq!(assign(&costs), [Some(1), Some(0)]);
        let turned = [vec![1.0, 1.0], vec![2.0, 9.0], vec![9.0, 9.0]];
        assert_eq!(assign(&turned), [Some(1), Some(0), None]);
        assert_eq!(assign(&[vec![], vec![]]), [None, None]);
        assert!(assign(&[]).is_empty());
    }
}
