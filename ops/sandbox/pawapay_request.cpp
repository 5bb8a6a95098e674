#include "ops/sandbox/pawapay_request.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::json;
using Checked = std::expected<void, Refused>;

constexpr std::array<std::string_view, 3> operator_codes{
    "MTN_MOMO_ZMB",
    "AIRTEL_OAPI_ZMB",
    "ZAMTEL_ZMB"
};

std::unexpected<Refused> bad_request(std::string_view code, std::string message) {
    return std::unexpected{Refused{400, std::string{code}, std::move(message)}};
}

std::unexpected<Refused> rejected(std::string_view code, std::string message) {
    return std::unexpected{Refused{200, std::string{code}, std::move(message)}};
}

Checked
only_fields(const json& object, std::span<const std::string_view> known, std::string_view where) {
    for (const auto& [name, value] : object.items()) {
        if (std::ranges::find(known, name) != known.end()) continue;
        return bad_request("UNSUPPORTED_PARAMETER", fmt::format("{}{} is not known", where, name));
    }
    return {};
}

/// A text field of 1 to `size_max` characters.
std::expected<std::string, Refused>
text_field(const json& object, std::string_view name, std::size_t size_max = 255) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) {
        return bad_request("MISSING_PARAMETER", fmt::format("{} is missing", name));
    }
    const auto* text = found->get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || text->size() > size_max) {
        return bad_request("INVALID_PARAMETER", fmt::format("{} has to be a text", name));
    }
    return *text;
}

std::expected<std::string, Refused>
optional_text(const json& object, std::string_view name, std::size_t size_max = 255) {
    if (!object.contains(name)) return std::string{};
    return text_field(object, name, size_max);
}

std::expected<std::string, Refused> uuid_field(const json& object, std::string_view name) {
    auto id = text_field(object, name);
    if (id && !is_uuid_v4(*id)) {
        return bad_request("INVALID_PARAMETER", fmt::format("{} has to be a UUIDv4", name));
    }
    return id;
}

bool fits_statement(std::string_view text) {
    const bool plain = std::ranges::all_of(text, [](char c) {
        return c == ' ' || all_digits({&c, 1}) || (lower(c) >= 'a' && lower(c) <= 'z');
    });
    return plain && text.size() >= 4 && text.size() <= 22;
}

/// Folds `[{"orderId":"X"}, {"customerId":"Y","isPII":true}]` into one object, as pawaPay returns.
std::expected<std::string, Refused> read_metadata(const json& body) {
    constexpr std::size_t metadata_max = 10;
    const auto found = body.find("metadata");
    if (found == body.end()) return std::string{};
    if (!found->is_array() || found->size() > metadata_max) {
        return bad_request("INVALID_PARAMETER", "metadata has to be an array of at most 10");
    }
    json folded = json::object();
    for (const auto& item : *found) {
        const bool marked = item.is_object() && item.contains("isPII");
        if (!item.is_object() || item.size() != (marked ? 2U : 1U)) {
            return bad_request("INVALID_PARAMETER", "each metadata item names one field");
        }
        for (const auto& [name, value] : item.items()) {
            if (name == "isPII") continue;
            if (value.is_structured()) {
                return bad_request("INVALID_PARAMETER", "a metadata value has to be plain");
            }
            if (folded.contains(name)) {
                return bad_request("DUPLICATE_METADATA_FIELD", name + " comes twice");
            }
            folded[name] = value;
        }
    }
    return folded.dump();
}

Checked read_account(const json& body, std::string_view name, Initiation& out) {
    constexpr std::array<std::string_view, 2> party_fields{"type", "accountDetails"};
    constexpr std::array<std::string_view, 2> account_fields{"phoneNumber", "provider"};
    const auto party = body.find(name);
    if (party == body.end()) {
        return bad_request("MISSING_PARAMETER", fmt::format("{} is missing", name));
    }
    if (!party->is_object() || party->value("type", json{}) != json("MMO")) {
        return bad_request("INVALID_PARAMETER", fmt::format("{}.type has to be MMO", name));
    }
    if (auto known = only_fields(*party, party_fields, fmt::format("{}.", name)); !known) {
        return known;
    }
    const auto account = party->find("accountDetails");
    if (account == party->end()) {
        return bad_request("MISSING_PARAMETER", "accountDetails is missing");
    }
    if (!account->is_object()) {
        return bad_request("INVALID_PARAMETER", "accountDetails has to be an object");
    }
    if (auto known = only_fields(*account, account_fields, "accountDetails."); !known) return known;
    auto phone = text_field(*account, "phoneNumber");
    if (!phone) return std::unexpected{phone.error()};
    auto provider = text_field(*account, "provider");
    if (!provider) return std::unexpected{provider.error()};
    out.phone = std::move(*phone);
    out.operator_code = std::move(*provider);
    return {};
}

Checked check_amount(const std::string& text, Initiation& out) {
    const auto amount = parse_amount(text);
    if (!amount) {
        if (amount.error() == AmountFault::too_large) {
            return rejected("AMOUNT_OUT_OF_BOUNDS", "the amount is beyond the provider's limit");
        }
        return rejected("INVALID_AMOUNT", "the amount is not one with at most two places");
    }
    if (*amount < amount_min || *amount > amount_max) {
        return rejected("AMOUNT_OUT_OF_BOUNDS", "the amount is beyond the provider's limits");
    }
    out.amount = *amount;
    return {};
}

/// Currency, provider, number and amount: what is refused with status 200.
Checked check_business(const std::string& amount, Initiation& out) {
    if (out.currency != "ZMW") return rejected("INVALID_CURRENCY", "Zambian wallets hold ZMW");
    if (out.operation != Operation::refund) {
        if (std::ranges::find(operator_codes, out.operator_code) == operator_codes.end()) {
            return rejected("INVALID_PROVIDER", "the provider is not known in this country");
        }
        if (!is_zambian_number(out.phone)) {
            return rejected("INVALID_PHONE_NUMBER", "the phone number is not a Zambian one");
        }
    }
    if (amount.empty()) return {};
    return check_amount(amount, out);
}

std::span<const std::string_view> known_fields(Operation operation) {
    static constexpr std::array<std::string_view, 8> deposit{
        "depositId",
        "payer",
        "amount",
        "currency",
        "preAuthorisationCode",
        "clientReferenceId",
        "customerMessage",
        "metadata"
    };
    static constexpr std::array<std::string_view, 7> payout{
        "payoutId",
        "recipient",
        "amount",
        "currency",
        "clientReferenceId",
        "customerMessage",
        "metadata"
    };
    static constexpr std::array<std::string_view, 6> refund{
        "refundId", "depositId", "amount", "currency", "clientReferenceId", "metadata"
    };
    switch (operation) {
        case Operation::deposit:
            return deposit;
        case Operation::payout:
            return payout;
        case Operation::refund:
            return refund;
    }
    return {};
}

/// The fields every operation has but the money; `amount` comes back as its text.
std::expected<std::string, Refused> read_money(const json& body, Initiation& out) {
    const bool all_of_a_refund = out.operation == Operation::refund && !body.contains("amount") &&
                                 !body.contains("currency");
    if (all_of_a_refund) return std::string{};
    constexpr std::size_t amount_size_max = 23;
    auto amount = text_field(body, "amount", amount_size_max);
    if (!amount) return amount;
    auto currency = text_field(body, "currency");
    if (!currency) return std::unexpected{currency.error()};
    out.currency = std::move(*currency);
    return amount;
}

Checked read_words(const json& body, Initiation& out) {
    auto reference = optional_text(body, "clientReferenceId");
    if (!reference) return std::unexpected{reference.error()};
    auto message = optional_text(body, "customerMessage");
    if (!message) return std::unexpected{message.error()};
    if (!message->empty() && !fits_statement(*message)) {
        return bad_request("INVALID_PARAMETER", "customerMessage: 4 to 22 letters, digits, spaces");
    }
    constexpr std::size_t code_size_max = 36;
    if (auto code = optional_text(body, "preAuthorisationCode", code_size_max); !code) {
        return std::unexpected{code.error()};
    }
    auto metadata = read_metadata(body);
    if (!metadata) return std::unexpected{metadata.error()};
    out.client_reference = std::move(*reference);
    out.customer_message = std::move(*message);
    out.metadata = std::move(*metadata);
    return {};
}

Checked read_parties(const json& body, Initiation& out) {
    if (out.operation == Operation::deposit) return read_account(body, "payer", out);
    if (out.operation == Operation::payout) return read_account(body, "recipient", out);
    auto deposit = uuid_field(body, "depositId");
    if (!deposit) return std::unexpected{deposit.error()};
    out.deposit = std::move(*deposit);
    return {};
}

Checked read_object(const json& body, Initiation& out) {
    if (auto known = only_fields(body, known_fields(out.operation), ""); !known) return known;
    auto id = uuid_field(body, id_field(out.operation));
    if (!id) return std::unexpected{id.error()};
    out.id = std::move(*id);
    if (auto parties = read_parties(body, out); !parties) return parties;
    const auto amount = read_money(body, out);
    if (!amount) return std::unexpected{amount.error()};
    if (auto words = read_words(body, out); !words) return words;
    return check_business(*amount, out);
}

}  // namespace

std::string_view to_text(Operation operation) {
    switch (operation) {
        case Operation::deposit:
            return "deposit";
        case Operation::payout:
            return "payout";
        case Operation::refund:
            return "refund";
    }
    return "";
}

std::string_view id_field(Operation operation) {
    switch (operation) {
        case Operation::deposit:
            return "depositId";
        case Operation::payout:
            return "payoutId";
        case Operation::refund:
            return "refundId";
    }
    return "";
}

std::expected<Initiation, Refused> read_initiation(Operation operation, std::string_view body) {
    const json object = json::parse(body, nullptr, false);
    if (!object.is_object()) return bad_request("INVALID_INPUT", "the body is no JSON object");
    Initiation out;
    out.operation = operation;
    if (auto read = read_object(object, out); !read) {
        read.error().id = out.id;
        return std::unexpected{read.error()};
    }
    return out;
}

std::expected<std::vector<std::string>, Refused> read_bulk(std::string_view body) {
    constexpr std::size_t bulk_max = 20;
    const json items = json::parse(body, nullptr, false);
    if (!items.is_array() || items.empty() || items.size() > bulk_max) {
        return bad_request("INVALID_INPUT", "the body has to be an array of 1 to 20 payouts");
    }
    std::vector<std::string> bodies;
    for (const auto& item : items) bodies.push_back(item.dump());
    return bodies;
}

bool is_zambian_number(std::string_view digits) {
    return digits.size() == 12 && digits.starts_with("260") && all_digits(digits);
}

std::string_view operator_by_prefix(std::string_view digits) {
    if (!is_zambian_number(digits)) return {};
    const std::string_view prefix = digits.substr(3, 2);
    if (prefix == "96" || prefix == "76") return operator_codes[0];
    if (prefix == "97" || prefix == "77") return operator_codes[1];
    if (prefix == "95" || prefix == "75") return operator_codes[2];
    return {};
}

}  // namespace pakashop::sandbox
