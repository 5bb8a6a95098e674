#include "ops/sandbox/zra.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/sandbox/behaviours.hpp"
#include "ops/sandbox/clock.hpp"
#include "ops/sandbox/text.hpp"
#include "ops/sandbox/zra_document.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view provider = "zra";

Reply failure(int status, std::string_view code, std::string_view message) {
    const ordered_json body{{"error", {{"code", code}, {"message", message}}}};
    return {.status = status, .body = body.dump()};
}

std::string error_body(int status, std::string_view code) {
    return failure(status, code, "asked for by a behaviour").body;
}

bool has_credentials(const Call& call) {
    for (const auto* name : {"x-api-key", "x-client-id", "x-client-secret"}) {
        if (header_of(call.headers, name).empty()) return false;
    }
    return true;
}

Reply receipt_reply(int status, const Invoice& invoice, std::int64_t hold_ms = 0) {
    const ordered_json body{
        {"vsdcNumber", invoice.vsdc_number},
        {"receiptNumber", invoice.receipt_number},
        {"receiptSignature", invoice.receipt_signature},
        {"qrCodeUrl", invoice.qr_code_url},
        {"receivedAt", rfc3339(invoice.received_at)},
    };
    return {.status = status, .body = body.dump(), .hold_ms = hold_ms};
}

/// The receipt is decided once, here, and kept: later answers only read it.
Invoice receive(Ledger& ledger, const TaxDocument& document, const Call& call, Instant now) {
    Invoice invoice;
    invoice.tpin = document.seller_tpin;
    invoice.number = document.number;
    invoice.kind = document.kind;
    invoice.body = call.body;
    invoice.total = document.total;
    invoice.receipt_number = ledger.next_number();
    invoice.vsdc_number = fmt::format("VSDC-{:09}", invoice.receipt_number);
    const std::string seed = fmt::format("{}|{}|{}", invoice.tpin, invoice.number, invoice.body);
    invoice.receipt_signature = hex(sha256(seed)).substr(0, 16);
    constexpr std::string_view head_office = "000";
    invoice.qr_code_url = fmt::format(
        "https://sandboxportal.zra.org.zm/receipt?Data={}{}{}",
        invoice.tpin,
        head_office,
        invoice.receipt_signature
    );
    invoice.received_at = now;
    return invoice;
}

/// A credit note must name an invoice of the same taxpayer and stay within it.
std::optional<Reply> check_original(const Ledger& ledger, const TaxDocument& document) {
    if (document.kind != "CREDIT_NOTE") return std::nullopt;
    const Invoice* original = ledger.invoice(document.seller_tpin, document.original_number);
    if (original == nullptr || original->kind != "INVOICE") {
        return failure(422, "original_not_found", "no such invoice of this taxpayer");
    }
    if (document.total > original->total) {
        return failure(422, "exceeds_original", "more than the invoice it corrects");
    }
    return std::nullopt;
}

Reply receive_again(Ledger& ledger, const Invoice& known, const Call& call, std::int64_t hold_ms) {
    if (!same_json(known.body, call.body)) {
        return failure(409, "invoice_number_used", "another document has this number");
    }
    Invoice repeated = known;
    ++repeated.received;
    ledger.commit(repeated);
    return receipt_reply(200, repeated, hold_ms);
}

Reply post_invoice(const Desk& desk, const Call& call) {
    Ledger& ledger = desk.ledger;
    const auto document = read_tax_document(call.body);
    const Subject subject =
        document ? Subject{"", document->seller_tpin, {document->number}} : Subject{};
    if (auto instead = fire_instead(ledger, provider, "invoice", subject, error_body)) {
        return *instead;
    }
    if (!has_credentials(call)) return failure(401, "unauthorised", "credentials are missing");
    if (!document) {
        const auto& fault = document.error();
        return failure(422, "document_invalid", fmt::format("{} {}", fault.pointer, fault.detail));
    }
    if (!is_known_tpin(document->seller_tpin)) {
        return failure(422, "taxpayer_unknown", "the seller's TPIN is not registered");
    }
    if (fire(ledger, provider, "invoice", "refuse", subject)) {
        return failure(422, "document_refused", "asked for by a behaviour");
    }
    const auto silence =
        fire(ledger, provider, "invoice", "timeout_after_accept", subject, silence_ms);
    if (const Invoice* known = ledger.invoice(document->seller_tpin, document->number)) {
        return receive_again(ledger, *known, call, silence.value_or(0));
    }
    if (auto refused = check_original(ledger, *document)) return *refused;
    const Invoice invoice = receive(ledger, *document, call, desk.now);
    ledger.commit(invoice);
    return receipt_reply(201, invoice, silence.value_or(0));
}

Reply get_taxpayer(const Desk& desk, const Call& call, std::string_view tpin) {
    const Subject subject{"", std::string{tpin}, {std::string{tpin}}};
    Ledger& ledger = desk.ledger;
    if (auto instead = fire_instead(ledger, provider, "tpin", subject, error_body)) return *instead;
    if (!has_credentials(call)) return failure(401, "unauthorised", "credentials are missing");
    const bool hidden = fire(ledger, provider, "tpin", "refuse", subject) ||
                        fire(ledger, provider, "tpin", "not_found_window", subject);
    if (hidden || !is_known_tpin(tpin)) {
        return failure(404, "taxpayer_not_found", "no taxpayer has this TPIN");
    }
    const auto silence =
        fire(ledger, provider, "tpin", "timeout_after_accept", subject, silence_ms);
    const ordered_json body{
        {"tpin", tpin}, {"name", fmt::format("Taxpayer {}", tpin)}, {"status", "ACTIVE"}
    };
    return {.body = body.dump(), .hold_ms = silence.value_or(0)};
}

}  // namespace

bool is_known_tpin(std::string_view tpin) {
    return tpin.size() == 10 && all_digits(tpin) && tpin.front() != '9';
}

Reply answer_zra(const Desk& desk, const Call& call) {
    const auto parts = segments_of(call.path);
    const bool invoices = parts.size() == 2 && parts[1] == "invoices";
    if (call.method == "POST" && invoices) return post_invoice(desk, call);
    const bool taxpayer = parts.size() == 3 && parts[1] == "taxpayers";
    if (call.method == "GET" && taxpayer) return get_taxpayer(desk, call, parts[2]);
    return failure(404, "not_found", "there is no such call");
}

}  // namespace pakashop::sandbox
