#include "aggregates/proof.hpp"

namespace pakashop {
namespace {

constexpr std::string_view format = "pakashop.proof.v1";  // Hashed for ever.
constexpr std::uint64_t absent = ~std::uint64_t{0};

void add_length(Sha256& hash, std::uint64_t length) {
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(length >> (56 - 8 * i));
    hash.add(bytes);
}

void add_text(Sha256& hash, std::string_view text) {
    add_length(hash, text.size());
    hash.add(text);
}

void add_number(Sha256& hash, std::int64_t number) { add_text(hash, std::to_string(number)); }

}  // namespace

Digest legacy_proof_hash(
    const OrderId& order,
    std::string_view image_base64,
    std::string_view signatory_name,
    Instant captured_at
) {
    return Sha256{}
        .add(order.value)
        .add(image_base64)
        .add(signatory_name)
        .add(to_rfc3339(captured_at))
        .finish();
}

Digest proof_hash(const ProofFields& proof) {
    Sha256 hash;
    add_text(hash, format);
    add_text(hash, proof.order.value);
    add_text(hash, proof.delivery.value);
    add_text(hash, proof.signature.value);
    add_text(hash, proof.agent.value);
    add_number(hash, proof.issue);
    add_text(hash, proof.image);
    add_text(hash, proof.strokes);
    add_text(hash, proof.signatory_name);
    if (proof.signatory_phone) {
        add_text(hash, *proof.signatory_phone);
    } else {
        add_length(hash, absent);
    }
    if (proof.location) {
        add_number(hash, proof.location->lat_e6);
        add_number(hash, proof.location->lng_e6);
    } else {
        add_length(hash, absent);
        add_length(hash, absent);
    }
    add_text(hash, to_rfc3339(proof.captured_at));
    return hash.finish();
}

}  // namespace pakashop
