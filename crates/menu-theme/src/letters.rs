//! Capital letters and digits as strokes, for the icons of systems that have no symbol of their
//! own.

use crate::raster::Point;

/// Columns and rows of a letter; its strokes run on the lines between.
pub(crate) const SIZE: Point = (4.0, 6.0);

/// The strokes of a letter or digit: two digits a point, column and row, strokes apart by blanks.
fn strokes(letter: char) -> &'static str {
    match letter.to_ascii_uppercase() {
        'A' => "06204620 1333",
        'B' => "0600301142320323 3243453606",
        'C' => "4130100105164635",
        'D' => "060030414536 3606",
        'E' => "40000646 0333",
        'F' => "400006 0333",
        'G' => "413010010516364543 4323",
        'H' => "0006 4046 0343",
        'I' => "1030 2026 1636",
        'J' => "40453616 1605",
        'K' => "0006 400346",
        'L' => "000646",
        'M' => "0600234046",
        'N' => "06004640",
        'O' => "1030414536160501 0110",
        'P' => "06003041423303",
        'Q' => "1030414536160501 0110 2446",
        'R' => "06003041423303 2346",
        'S' => "41301001022344453616 1605",
        'T' => "0040 2026",
        'U' => "000516364540",
        'V' => "002640",
        'W' => "0016233640",
        'X' => "0046 4006",
        'Y' => "002340 2326",
        'Z' => "00400646",
        '0'..='9' => DIGITS[usize::from(letter as u8 - b'0')],
        _ => "0110304142232425 2626",
    }
}

/// The strokes of the digits.
const DIGITS: [&str; 10] = [
    "1030414536160501 0110 4105",
    "112026 1636",
    "01103041420646",
    "0040234445361605",
    "3630044434 0444",
    "40000243 43453606",
    "4110020516364543 4303",
    "004026",
    "1030411201 0110 1234453616 1605 0512",
    "4303020110304145 4516",
];

/// The lines of a letter or digit; of anything else those of a question mark.
pub(crate) fn lines(letter: char) -> Vec<Vec<Point>> {
    let digit = |b: u8| f32::from(b.wrapping_sub(b'0'));
    let points = |stroke: &str| -> Vec<Point> {
        stroke.as_bytes().as_chunks().0.iter().map(|[x, y]| (digit(*x), digit(*y))).collect()
    };
    strokes(letter).split(' ').map(points).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_stay_in_their_letter() {
        for letter in ('A'..='Z').chain('0'..='9').chain(['?']) {
            let lines = lines(letter);
            assert!(lines.iter().all(|line| line.len() > 1), "{letter}");
            let inside = |(x, y): Point| x <= SIZE.0 && y <= SIZE.1;
            assert!(lines.into_iter().flatten().all(inside), "{letter}");
        }
    }
}
