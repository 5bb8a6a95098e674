#include "ops/sandbox/amount.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {

std::expected<Ngwee, AmountFault> parse_amount(std::string_view text) {
    constexpr std::size_t length_max = 23;
    constexpr std::size_t whole_digits_max = 15;
    const auto point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view places = text.substr(std::min(point + 1, text.size()));
    if (text.size() > length_max || !all_digits(whole)) {
        return std::unexpected{AmountFault::malformed};
    }
    if (whole.size() > 1 && whole.front() == '0') return std::unexpected{AmountFault::malformed};
    if (point < text.size() && !all_digits(places)) return std::unexpected{AmountFault::malformed};
    if (places.size() > 2) return std::unexpected{AmountFault::too_precise};
    if (whole.size() > whole_digits_max) return std::unexpected{AmountFault::too_large};
    Ngwee amount = 0;
    for (const char digit : whole) amount = amount * 10 + (digit - '0');
    for (std::size_t i = 0; i < 2; ++i) {
        amount = amount * 10 + (i < places.size() ? places[i] - '0' : 0);
    }
    return amount;
}

std::string format_amount(Ngwee amount) {
    const Ngwee size = amount < 0 ? -amount : amount;
    return fmt::format("{}{}.{:02}", amount < 0 ? "-" : "", size / 100, size % 100);
}

}  // namespace pakashop::sandbox
