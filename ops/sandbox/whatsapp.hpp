/// WhatsApp Cloud messages under `/whatsapp/{version}/{phone-number-id}/messages`.
#pragma once

#include "ops/sandbox/pawapay.hpp"

namespace pakashop::sandbox {

/// Answers a call whose path begins with `/whatsapp`: text and template messages are accepted with
/// `{messaging_product, contacts, messages}` and kept for `GET /sandbox/messages`; what is wrong is
/// answered with Meta's `{error:{message, type, code, error_data, fbtrace_id}}`.
[[nodiscard]] Reply answer_whatsapp(const Desk& desk, const Call& call);

}  // namespace pakashop::sandbox
