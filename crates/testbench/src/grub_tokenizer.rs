//! A tokenizer of grub.cfg, to check the renderer's quoting. It is written from GRUB's rules, not
//! from the renderer: it splits a file into lines of words as GRUB's reader does.

/// A function that returns a variable's value.
pub type Expand<'a> = &'a dyn Fn(&str) -> String;

/// The command of a line with its arguments, behind the words before a condition.
pub fn command(line: &[String]) -> &[String] {
    let before = |word: &&String| ["if", "elif", "!"].contains(&word.as_str());
    &line[line.iter().take_while(before).count()..]
}

/// The file's lines as words. `{`, `}`, `;` and newlines end a line; comments vanish.
pub fn tokenize(file: &str, expand: Expand) -> Result<Vec<Vec<String>>, String> {
    // The reader works on physical lines first: it drops those that start with `#`, wherever
    // they are, and every CR.
    let text: String = file
        .split_inclusive('\n')
        .filter(|l| !l.starts_with('#'))
        .collect::<String>()
        .replace('\r', "");
    let mut lines = Vec::new();
    let mut line: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => line.extend(word.take()),
            '\n' | ';' => {
                line.extend(word.take());
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
            }
            '#' if word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            '\'' => {
                let w = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or("a single quote is left open")? {
                        '\'' => break,
                        c => w.push(c),
                    }
                }
            }
            '"' => {
                let w = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or("a double quote is left open")? {
                        '"' => break,
                        '\\' => match chars.next().ok_or("a backslash at the end")? {
                            '\n' => {}
                            c @ ('$' | '"' | '\\') => w.push(c),
                            c => w.extend(['\\', c]),
                        },
                        '$' if chars.peek() == Some(&'{') => {
                            chars.next();
                            let mut name = String::new();
                            loop {
                                match chars.next().ok_or("${ is left open")? {
                                    '}' => break,
                                    c => name.push(c),
                                }
                            }
                            w.push_str(&expand(&name));
                        }
                        '$' => return Err("a bare $ in double quotes".into()),
                        c => w.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '$' | '|' | '&' | '<' | '>' | '*' | '?' => return Err(format!("unquoted {c}")),
            c => word.get_or_insert_default().push(c),
        }
    }
    if word.is_some() || !line.is_empty() {
        return Err("the file does not end with a newline".into());
    }
    Ok(lines)
}
