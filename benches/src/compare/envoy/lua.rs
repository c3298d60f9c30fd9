//! Envoy's Lua filter as people write it: the whole body as one string, and a `gsub` a pattern.

/// A dozen of the things that Inkseal looks for, as far as Lua's patterns can say them: they know neither alternatives nor
/// bounds of a repetition.
const PATTERNS: [(&str, &str); 12] = [
    ("EMAIL", "[%w._%%+-]+@[%w.-]+%.%a%a+"),
    ("US_SSN", "%f[%d]%d%d%d%-%d%d%-%d%d%d%d%f[%D]"),
    ("PAYMENT_CARD", "%f[%d]%d%d%d%d[ -]?%d%d%d%d[ -]?%d%d%d%d[ -]?%d%d%d%d%f[%D]"),
    ("IBAN", "%f[%w]%u%u%d%d%u%u%u%u%d%d%d%d%d%d%d%d%d*"),
    ("IPV4", "%f[%d]%d%d?%d?%.%d%d?%d?%.%d%d?%d?%.%d%d?%d?%f[%D]"),
    ("JWT", "eyJ[%w_-]+%.[%w_-]+%.[%w_-]+"),
    ("BEARER", "[Bb]earer [%w._~+/-]+=*"),
    ("AWS_ACCESS_KEY", "AKIA%w%w%w%w%w%w%w%w%w%w%w%w%w%w%w%w"),
    ("GITHUB_TOKEN", "gh[pousr]_%w+"),
    ("SLACK_TOKEN", "xox[abprs]%-[%w-]+"),
    ("GOOGLE_API_KEY", "AIza[%w_-]+"),
    ("PRIVATE_KEY", "%-%-%-%-%-BEGIN [%u ]+PRIVATE KEY%-%-%-%-%-"),
];

/// The script.
pub fn script() -> String {
    let mut script = String::from(
        "function envoy_on_response(handle)\n  local body = handle:body()\n  if not body then return end\n  \
         local text, all, count = body:getBytes(0, body:length()), 0, 0\n",
    );
    for (entity, pattern) in PATTERNS {
        script += &format!("  text, count = text:gsub('{pattern}', '[REDACTED:{entity}]')\n  all = all + count\n");
    }
    script + "  if all > 0 then handle:headers():replace('content-length', body:setBytes(text)) end\nend\n"
}
