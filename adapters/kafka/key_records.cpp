#include "adapters/kafka/key_records.hpp"

#include <charconv>

namespace pakashop::kafka {
namespace {

using Kind = KeyRecordName::Kind;

constexpr std::size_t mark_digits = 16;
constexpr std::string_view about_head = "about:";
constexpr std::string_view key_head = "key:";
constexpr std::string_view end_head = "end:";
constexpr std::string_view copying_head = "copying:";
constexpr std::string_view format_head = "1 ";

template <class Number>
std::optional<Number> number_in(std::string_view text, int base) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value, base);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return value;
}

std::string mark_text(std::uint64_t mark) {
    std::string out(mark_digits, '0');
    for (std::size_t i = mark_digits; i-- > 0; mark >>= 4) out[i] = "0123456789abcdef"[mark & 15];
    return out;
}

// Takes `head` off; false when the text begins otherwise.
bool cut(std::string_view& text, std::string_view head) {
    if (!text.starts_with(head)) return false;
    text.remove_prefix(head.size());
    return true;
}

}  // namespace

std::string KeyRecordName::text() const {
    const std::string tail = mark_text(mark);
    if (kind == Kind::about) return std::string{about_head} + tail;
    if (kind == Kind::copying) return std::string{copying_head} + subject + ":" + tail;
    const std::string_view head = kind == Kind::key ? key_head : end_head;
    return std::string{head} + numbered(subject, number) + ":" + tail;
}

std::optional<KeyRecordName> parse_key_record_name(std::string_view text) {
    KeyRecordName name;
    if (text.size() < mark_digits) return std::nullopt;
    const auto mark = number_in<std::uint64_t>(text.substr(text.size() - mark_digits), 16);
    if (!mark) return std::nullopt;
    name.mark = *mark;
    text.remove_suffix(mark_digits);
    if (text == about_head) return name;
    if (cut(text, copying_head)) {
        if (text.size() < 2 || !text.ends_with(':')) return std::nullopt;
        name.kind = Kind::copying;
        name.subject = text.substr(0, text.size() - 1);
        return name;
    }
    const bool key = cut(text, key_head);
    if (!key && !cut(text, end_head)) return std::nullopt;
    name.kind = key ? Kind::key : Kind::end;
    const std::size_t at = text.rfind('#');
    if (at == text.npos || !text.ends_with(':')) return std::nullopt;
    const auto number = number_in<std::uint32_t>(text.substr(at + 1, text.size() - at - 2), 10);
    if (!number || *number == 0) return std::nullopt;
    name.subject = text.substr(0, at);
    name.number = *number;
    return name;
}

std::string key_names_of(std::string_view subject) {
    return std::string{key_head} + std::string{subject} + "#";
}

std::string numbered(std::string_view subject, std::uint32_t number) {
    return std::string{subject} + "#" + std::to_string(number);
}

std::string about_value(std::string_view master_key_id) {
    return std::string{format_head} + std::string{master_key_id};
}

std::optional<std::string> master_key_in(std::string_view about) {
    if (!cut(about, format_head)) return std::nullopt;
    return std::string{about};
}

}  // namespace pakashop::kafka
