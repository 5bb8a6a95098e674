#include "ops/sandbox/structured_fields.hpp"

#include <algorithm>

#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

/// Walks over a field from left to right; every `take` says nothing when the text is not so.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_{text} {}

    [[nodiscard]] bool done() const { return at_ == text_.size(); }
    [[nodiscard]] bool sees(char c) const { return !done() && text_[at_] == c; }
    [[nodiscard]] std::size_t place() const { return at_; }
    [[nodiscard]] std::string_view since(std::size_t from) const {
        return text_.substr(from, at_ - from);
    }

    bool take(char c) {
        if (!sees(c)) return false;
        ++at_;
        return true;
    }

    void skip_blanks() {
        while (sees(' ') || sees('\t')) ++at_;
    }

    /// The longest run of characters that `allowed` accepts; nothing when there is none.
    template <typename Allowed>
    std::optional<std::string> run(Allowed allowed) {
        const auto from = at_;
        while (!done() && allowed(text_[at_])) ++at_;
        if (at_ == from) return std::nullopt;
        return std::string{since(from)};
    }

    std::optional<std::string> key() {
        return run([](char c) {
            constexpr std::string_view others = "_-.*";
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.contains(c);
        });
    }

    std::optional<std::string> quoted() {
        if (!take('"')) return std::nullopt;
        std::string value;
        while (!done() && !sees('"')) {
            const bool escaped = take('\\');
            const bool plain = !done() && text_[at_] >= ' ' && text_[at_] <= '~';
            if (!plain || (escaped && !sees('"') && !sees('\\'))) return std::nullopt;
            value += text_[at_++];
        }
        if (!take('"')) return std::nullopt;
        return value;
    }

    std::optional<std::string> byte_sequence() {
        if (!take(':')) return std::nullopt;
        const auto from = at_;
        while (!done() && !sees(':')) ++at_;
        const std::string_view encoded = since(from);
        if (!take(':')) return std::nullopt;
        return from_base64(encoded);
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// The value of a parameter: a string, or anything a number or token is made of.
std::optional<std::string> parameter_value(Cursor& cursor) {
    if (cursor.sees('"')) return cursor.quoted();
    return cursor.run([](char c) {
        constexpr std::string_view ends = ";, ()\"\t";
        return c > ' ' && c <= '~' && !ends.contains(c);
    });
}

bool read_components(Cursor& cursor, SignatureInput& input) {
    if (!cursor.take('(')) return false;
    cursor.skip_blanks();
    while (!cursor.take(')')) {
        auto component = cursor.quoted();
        if (!component) return false;
        input.components.push_back(std::move(*component));
        const auto before = cursor.place();
        cursor.skip_blanks();
        if (!cursor.sees(')') && cursor.place() == before) return false;
    }
    return true;
}

bool read_parameters(Cursor& cursor, SignatureInput& input) {
    while (cursor.take(';')) {
        cursor.skip_blanks();
        const auto name = cursor.key();
        if (!name || !cursor.take('=')) return false;
        auto value = parameter_value(cursor);
        if (!value || !input.parameters.emplace(*name, std::move(*value)).second) return false;
    }
    return true;
}

/// Reads `label=value` members divided by commas; `read` takes one value.
template <typename Value, typename Read>
std::optional<std::map<std::string, Value, std::less<>>>
dictionary(std::string_view field, Read read) {
    std::map<std::string, Value, std::less<>> members;
    Cursor cursor{trimmed(field)};
    do {
        cursor.skip_blanks();
        const auto label = cursor.key();
        if (!label || !cursor.take('=')) return std::nullopt;
        std::optional<Value> value = read(cursor);
        if (!value || !members.emplace(*label, std::move(*value)).second) return std::nullopt;
        cursor.skip_blanks();
    } while (cursor.take(','));
    if (!cursor.done()) return std::nullopt;
    return members;
}

}  // namespace

std::optional<std::map<std::string, SignatureInput, std::less<>>> parse_signature_input(
    std::string_view field
) {
    return dictionary<SignatureInput>(field, [](Cursor& cursor) -> std::optional<SignatureInput> {
        SignatureInput input;
        const auto from = cursor.place();
        if (!read_components(cursor, input) || !read_parameters(cursor, input)) return {};
        input.verbatim = cursor.since(from);
        return input;
    });
}

std::optional<std::map<std::string, std::string, std::less<>>> parse_byte_dictionary(
    std::string_view field
) {
    return dictionary<std::string>(field, [](Cursor& cursor) { return cursor.byte_sequence(); });
}

}  // namespace pakashop::sandbox
