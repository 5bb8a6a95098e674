#include "adapters/pawapay/statement.hpp"

#include <algorithm>

namespace pakashop::pawapay {
namespace {

// What a provider says is kept for ever, so it may not be of any size or hold anything.
constexpr std::size_t text_bytes_max = 300;
constexpr std::size_t metadata_max = 32;

std::optional<std::string_view> text_member(JsonValue object, std::string_view name) {
    const auto member = object.member(name);
    return member ? member->text() : std::nullopt;
}

/// Cut to what is kept, at a character's end.
std::string kept(std::string_view text) {
    if (text.size() <= text_bytes_max) return std::string{text};
    std::size_t end = text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string{text.substr(0, end)};
}

std::string kept_member(JsonValue object, std::string_view name) {
    return kept(text_member(object, name).value_or(""));
}

TransferStatus status_of(std::string_view word) {
    if (word == "COMPLETED") return TransferStatus::completed;
    if (word == "FAILED") return TransferStatus::failed;
    return TransferStatus::pending;
}

std::string phone_in(JsonValue object, std::string_view party) {
    const auto side = object.member(party);
    const auto account = side ? side->member("accountDetails") : std::nullopt;
    return account ? msisdn(text_member(*account, "phoneNumber").value_or("")) : std::string{};
}

// It goes out as an array of one-field objects and comes back as one object.
std::map<std::string, std::string> metadata_in(JsonValue object) {
    std::map<std::string, std::string> out;
    const auto take = [&](std::string_view name, JsonValue value) {
        if (out.size() < metadata_max && value.text()) out[kept(name)] = kept(*value.text());
    };
    const auto metadata = object.member("metadata");
    if (!metadata) return out;
    metadata->for_each_member(take);
    metadata->for_each_element([&](JsonValue each) { each.for_each_member(take); });
    return out;
}

template <class S>
Result<Statement, std::string> read(JsonValue object, std::string_view id, std::string_view party) {
    S out;
    out.reference = kept_member(object, id);
    if (out.reference.empty()) return unexpected{std::string{id} + " is no text"};
    out.status_word = kept_member(object, "status");
    out.status = status_of(out.status_word);
    if (const auto amount = text_member(object, "amount")) out.amount = parse_decimal(*amount);
    out.currency = kept_member(object, "currency");
    out.phone = phone_in(object, party);
    out.provider_transaction = kept_member(object, "providerTransactionId");
    out.failure = read_failure(object);
    out.metadata = metadata_in(object);
    if constexpr (std::same_as<S, RefundStatement>) out.deposit = kept_member(object, "depositId");
    return Statement{std::move(out)};
}

}  // namespace

Result<Statement, std::string> read_statement(JsonValue object) {
    if (object.member("refundId")) return read<RefundStatement>(object, "refundId", "recipient");
    if (object.member("payoutId")) return read<PayoutStatement>(object, "payoutId", "recipient");
    if (object.member("depositId")) return read<DepositStatement>(object, "depositId", "payer");
    return unexpected{std::string{"it names no transfer"}};
}

Result<Statement, std::string> read_callback(std::string_view body) {
    JsonParser parser;
    const auto root = parser.parse(body);
    if (!root) return unexpected{root.error()};
    return read_statement(*root);
}

std::optional<ProviderFailure> read_failure(JsonValue object) {
    const auto reason = object.member("failureReason");
    if (!reason || reason->kind() != JsonValue::Kind::object) return std::nullopt;
    ProviderFailure failure{
        kept_member(*reason, "failureCode"), kept_member(*reason, "failureMessage")
    };
    if (failure.code.empty()) failure.code = "UNSPECIFIED_FAILURE";
    return failure;
}

std::string msisdn(std::string_view phone) {
    std::string digits;
    std::ranges::copy_if(phone, std::back_inserter(digits), [](char c) {
        return c >= '0' && c <= '9';
    });
    return digits;
}

std::string canonical_amount(Money amount) {
    std::string text = to_decimal(amount);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
}

}  // namespace pakashop::pawapay
