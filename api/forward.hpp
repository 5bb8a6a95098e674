#pragma once

#include "api/call.hpp"

namespace pakashop::api {

/// True where another node has to answer: this one stands by, and the route is not `anywhere`.
bool led_elsewhere(const App& app, const Route& route);

/// Asks the node that leads, once, with the request as it came: the same command id, signatures
/// over the host included (architecture 2.6). A problem that tells the client to come again when
/// nobody leads just now, or when the answer is lost. No credentials are added: what the caller may
/// do is decided there, by what it sent.
Awaitable<Answer> forward(App& app, const Call& call);

}  // namespace pakashop::api
