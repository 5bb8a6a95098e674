#include "api/vocabulary.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <boost/url/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pakashop::api::words {
namespace {

constexpr std::string_view must_be_text = "must be a string";
constexpr double millionths = 1'000'000;

std::size_t code_points(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) {
        return (c & 0xC0) != 0x80;
    }));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool control(char c, Lines lines) {
    const auto byte = static_cast<unsigned char>(c);
    if (lines == Lines::many && (c == '\n' || c == '\r' || c == '\t')) return false;
    return byte < 0x20 || byte == 0x7f;
}

// Characters that make text look like something else: bidirectional marks and overrides everywhere,
// zero-width ones where a name is expected (in prose they join scripts and emoji).
bool deceptive(std::string_view text, Lines lines) {
    static constexpr std::array<std::string_view, 12> reordering{
        "\u200E",
        "\u200F",
        "\u202A",
        "\u202B",
        "\u202C",
        "\u202D",
        "\u202E",
        "\u2066",
        "\u2067",
        "\u2068",
        "\u2069",
        "\u061C"
    };
    static constexpr std::array<std::string_view, 6> invisible{
        "\u200B", "\u200C", "\u200D", "\u2060", "\uFEFF", "\u00AD"
    };
    const auto occurs = [&](std::string_view each) { return text.find(each) != text.npos; };
    return std::ranges::any_of(reordering, occurs) ||
           (lines == Lines::one && std::ranges::any_of(invisible, occurs));
}

bool blank(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    });
}

bool email_local(std::string_view local) {
    static constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
    if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.' ||
        local.find("..") != local.npos) {
        return false;
    }
    return std::ranges::all_of(local, [](char c) {
        return is_letter(c) || is_digit(c) || others.find(c) != others.npos;
    });
}

bool domain_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
        return false;
    }
    return std::ranges::all_of(label, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-';
    });
}

bool email_domain(std::string_view domain) {
    int labels = 0;
    while (true) {
        const auto dot = domain.find('.');
        if (!domain_label(domain.substr(0, dot))) return false;
        ++labels;
        if (dot == domain.npos) return labels > 1;
        domain.remove_prefix(dot + 1);
    }
}

}  // namespace

std::string
read_text(JsonValue from, std::size_t min, std::size_t max, Lines lines, std::string& out) {
    const auto text = from.text();
    if (!text) return std::string{must_be_text};
    const auto length = code_points(*text);
    if (length < min || length > max) {
        return fmt::format("must have {} to {} characters", min, max);
    }
    if (lines != Lines::secret) {
        if (min > 0 && blank(*text)) return "must not be blank";
        if (std::ranges::any_of(*text, [&](char c) { return control(c, lines); })) {
            return "must not hold control characters";
        }
        if (deceptive(*text, lines)) return "must not hold invisible or reordering characters";
    }
    out = *text;
    return {};
}

std::string read_digits(JsonValue from, std::size_t min, std::size_t max, std::string& out) {
    const auto text = from.text();
    if (!text) return std::string{must_be_text};
    if (text->size() < min || text->size() > max || !std::ranges::all_of(*text, is_digit)) {
        return min == max ? fmt::format("must be {} digits", min)
                          : fmt::format("must be {} to {} digits", min, max);
    }
    out = *text;
    return {};
}

std::string read_whole(JsonValue from, std::int64_t min, std::int64_t max, std::int64_t& out) {
    // No kind but integer gives one, and no integer beyond 64 bits does.
    const auto number = from.integer();
    if (!number || *number < min || *number > max) {
        return fmt::format("must be a whole number from {} to {}", min, max);
    }
    out = *number;
    return {};
}

std::string read_micro(JsonValue from, std::int64_t min, std::int64_t max, std::int64_t& out) {
    const auto kind = from.kind();
    if (kind != JsonValue::Kind::integer && kind != JsonValue::Kind::number) {
        return "must be a number";
    }
    const std::string text = from.dump();
    double number = 0;
    const auto end = text.data() + text.size();
    const bool read = std::from_chars(text.data(), end, number).ec == std::errc{};
    const bool inside = number >= static_cast<double>(min) && number <= static_cast<double>(max);
    if (!read || !inside) return fmt::format("must be from {} to {}", min, max);
    out = std::llround(number * millionths);
    return {};
}

std::string read_money(JsonValue from, Money min, Money& out) {
    const auto text = from.text();
    if (!text) return R"(must be a decimal string such as "5000.00")";
    const auto amount = parse_decimal(*text);
    const bool two_places = text->size() > 3 && (*text)[text->size() - 3] == '.';
    if (!amount || !two_places) return R"(must be digits with two decimals, as in "5000.00")";
    if (*amount < min || *amount > amount_max) {
        return fmt::format("must be from {} to {}", to_decimal(min), to_decimal(amount_max));
    }
    out = *amount;
    return {};
}

std::string read_phone(JsonValue from, std::string& out) {
    const auto text = from.text();
    if (!text) return std::string{must_be_text};
    const bool fits = text->size() == 13 && text->starts_with("+260") && (*text)[4] != '0' &&
                      std::ranges::all_of(text->substr(1), is_digit);
    if (!fits) return "must be a Zambian number such as +260971234567";
    out = *text;
    return {};
}

std::string read_email(JsonValue from, std::string& out) {
    const auto text = from.text();
    if (!text) return std::string{must_be_text};
    const auto at = text->rfind('@');
    const bool fits = at != text->npos && text->size() <= 254 && email_local(text->substr(0, at)) &&
                      email_domain(text->substr(at + 1));
    if (!fits) return "must be an e-mail address";
    out.resize(text->size());
    std::ranges::transform(*text, out.begin(), lower);
    return {};
}

std::string read_web_address(JsonValue from, std::size_t max, std::string& out) {
    const auto text = from.text();
    if (!text) return std::string{must_be_text};
    if (text->size() > max) return fmt::format("must have at most {} characters", max);
    const auto url = boost::urls::parse_uri({text->data(), text->size()});
    const bool fits = url &&
                      (url->scheme_id() == boost::urls::scheme::https ||
                       url->scheme_id() == boost::urls::scheme::http) &&
                      !url->encoded_host().empty() && !url->has_userinfo() && !url->has_fragment();
    if (!fits) return "must be a web address such as https://example.com/picture.png";
    out = *text;
    return {};
}

std::string read_base64(JsonValue from, std::size_t bytes_max, Bytes& out) {
    const auto text = from.text();
    if (!text) return std::string{must_be_text};
    if (text->size() > (bytes_max + 2) / 3 * 4) {
        return fmt::format("must decode to at most {} bytes", bytes_max);
    }
    auto bytes = from_base64(*text);
    if (!bytes || bytes->empty()) return "must be base64 with padding, without a data URI";
    if (bytes->size() > bytes_max) return fmt::format("must decode to at most {} bytes", bytes_max);
    out = *std::move(bytes);
    return {};
}

std::string read_choice(JsonValue from, std::span<const std::string_view> names, std::size_t& out) {
    const auto text = from.text();
    const auto found = text ? std::ranges::find(names, *text) : names.end();
    if (found == names.end()) return fmt::format("must be one of {}", fmt::join(names, ", "));
    out = static_cast<std::size_t>(found - names.begin());
    return {};
}

std::string read_id(JsonValue from, std::string& out) {
    constexpr std::size_t id_bytes_max = 96;
    const auto text = from.text();
    if (!text) return std::string{must_be_text};
    // Opaque to whoever sends it: one that was never given out is not found, as in a path.
    const bool fits =
        !text->empty() && text->size() <= id_bytes_max && std::ranges::all_of(*text, [](char c) {
            return is_letter(c) || is_digit(c) || c == '_' || c == '-';
        });
    if (!fits) return "must be an id such as ord_4k0c9t";
    out = *text;
    return {};
}

void text_schema(JsonWriter& out, std::size_t min, std::size_t max, std::string_view format) {
    out.begin_object().key("type").text("string");
    if (!format.empty()) out.key("format").text(format);
    out.key("minLength").integer(static_cast<std::int64_t>(min));
    out.key("maxLength").integer(static_cast<std::int64_t>(max)).end_object();
}

void pattern_schema(JsonWriter& out, std::string_view pattern, std::string_view example) {
    out.begin_object().key("type").text("string").key("pattern").text(pattern);
    out.key("examples").begin_array().text(example).end_array().end_object();
}

void number_schema(JsonWriter& out, std::string_view type, std::int64_t min, std::int64_t max) {
    out.begin_object().key("type").text(type).key("minimum").integer(min);
    out.key("maximum").integer(max).end_object();
}

void choice_schema(JsonWriter& out, std::span<const std::string_view> names) {
    out.begin_object().key("type").text("string").key("enum").begin_array();
    for (const auto name : names) out.text(name);
    out.end_array().end_object();
}

}  // namespace pakashop::api::words
