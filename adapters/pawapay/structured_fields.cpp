#include "adapters/pawapay/structured_fields.hpp"

#include <utility>

#include "events/kernel/hash.hpp"

namespace pakashop::pawapay {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_key_character(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
}
bool is_bare_character(char c) { return c > ' ' && c < '\x7f' && c != ';' && c != ',' && c != ')'; }

/// What is left of a field. Every `take_…` either consumes what it names or leaves all in place.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_{text} { skip_spaces(); }

    bool at_end() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

    void skip_spaces() {
        while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
    }
    bool take(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    template <class Allowed>
    std::string take_while(Allowed allowed) {
        std::size_t size = 0;
        while (size < rest_.size() && allowed(rest_[size])) ++size;
        const std::string taken{rest_.substr(0, size)};
        rest_.remove_prefix(size);
        return taken;
    }
    /// A quoted string; escapes only before a quote or a backslash, as the RFC has it.
    std::optional<std::string> take_string() {
        if (!take('"')) return std::nullopt;
        std::string value;
        while (!rest_.empty() && rest_.front() != '"') {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '\\') {
                if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\\')) return {};
                c = rest_.front();
                rest_.remove_prefix(1);
            }
            if (c < ' ' || c > '~') return std::nullopt;
            value += c;
        }
        if (!take('"')) return std::nullopt;
        return value;
    }
    std::optional<std::string> take_bytes() {
        if (!take(':')) return std::nullopt;
        const std::string encoded = take_while([](char c) { return c != ':'; });
        const auto bytes = from_base64(encoded);
        if (!take(':') || !bytes) return std::nullopt;
        return std::string{text_of(*bytes)};
    }

private:
    std::string_view rest_;
};

bool take_names(Reader& reader, CoveredComponents& out) {
    if (!reader.take('(')) return false;
    reader.skip_spaces();
    while (!reader.take(')')) {
        auto name = reader.take_string();
        if (!name) return false;
        out.names.push_back(*std::move(name));
        const bool divided = reader.rest().starts_with(' ');
        reader.skip_spaces();
        if (!divided && !reader.rest().starts_with(')')) return false;
    }
    return true;
}

bool take_parameters(Reader& reader, CoveredComponents& out) {
    while (reader.take(';')) {
        reader.skip_spaces();
        const std::string name = reader.take_while(is_key_character);
        if (name.empty() || !reader.take('=')) return false;
        const bool quoted = reader.rest().starts_with('"');
        auto value = quoted ? reader.take_string() : reader.take_while(is_bare_character);
        if (!value || (!quoted && value->empty())) return false;
        if (!out.parameters.emplace(name, *std::move(value)).second) return false;
    }
    return true;
}

std::optional<CoveredComponents> take_components(Reader& reader) {
    CoveredComponents out;
    const std::string_view before = reader.rest();
    if (!take_names(reader, out) || !take_parameters(reader, out)) return std::nullopt;
    out.verbatim = before.substr(0, before.size() - reader.rest().size());
    return out;
}

template <class Value, class Take>
std::optional<std::map<std::string, Value>> take_dictionary(std::string_view field, Take take) {
    std::map<std::string, Value> out;
    Reader reader{field};
    while (true) {
        const std::string label = reader.take_while(is_key_character);
        if (label.empty() || !reader.take('=')) return std::nullopt;
        std::optional<Value> value = take(reader);
        if (!value || !out.emplace(label, *std::move(value)).second) return std::nullopt;
        reader.skip_spaces();
        if (reader.at_end()) return out;
        if (!reader.take(',')) return std::nullopt;
        reader.skip_spaces();
    }
}

}  // namespace

std::optional<std::map<std::string, CoveredComponents>> parse_signature_input(std::string_view field
) {
    return take_dictionary<CoveredComponents>(field, take_components);
}

std::optional<std::map<std::string, std::string>> parse_byte_sequences(std::string_view field) {
    return take_dictionary<std::string>(field, [](Reader& reader) { return reader.take_bytes(); });
}

}  // namespace pakashop::pawapay
