#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/record.hpp"
#include "handlers/ports/call_result.hpp"

/// The revenue authority as the reactors need it (ZRA-06, ZRA-24).
namespace pakashop {

/// Proof that an invoice was taken.
struct TaxReceipt {
    std::string vsdc_number;
    std::string document;  ///< The whole receipt as it was received: JSON.
};

/// Whom a TPIN belongs to.
struct Taxpayer {
    std::string name;
    bool active = false;
};

/// Implementations are safe from any thread, block for seconds at most, and send the trace along.
class TaxAuthority {
public:
    virtual ~TaxAuthority() = default;

    /// Sends a document as it is, byte for byte. The same document again gets the same receipt.
    virtual CallResult<TaxReceipt> transmit(std::string_view document, const Trace&) = 0;
    /// The registered taxpayer; nothing when nobody has this TPIN.
    virtual CallResult<std::optional<Taxpayer>>
    find_taxpayer(std::string_view tpin, const Trace&) = 0;

    /// A harmless call: whether the authority answers at all.
    virtual bool answers() = 0;
};

}  // namespace pakashop
