#include "aggregates/login.hpp"

#include <algorithm>

#include "aggregates/present.hpp"

namespace pakashop {
namespace {

using State = Login::State;
using Events = Login::Events;
using Refusal = Login::Refusal;
using Decision = Result<Events, Refusal>;

Decision register_user(const State& state, const Login::Register& c) {
    if (state.credentials) {
        if (state.credentials->user == c.user) return Events{};
        return unexpected{Refusal::email_taken};
    }
    return Events{LoginRegistered{
        .user = c.user,
        .email = c.email,
        .phone = c.phone,
        .name = c.name,
        .password_hash = c.password_hash,
        .roles = c.roles,
        .totp_secret = c.totp_secret,
        .at = c.now
    }};
}

// A code is good once, and never one from before the last that was (RFC 6238, 5.2; P5).
bool fresh_step(const State& state, std::int64_t step) {
    return !state.totp_step || step > *state.totp_step;
}

// Ends the session that would expire first when there is no room for one more.
Events make_room(const State& state, Instant now) {
    if (state.sessions.size() < sessions_max) return {};
    const auto first = std::ranges::min_element(state.sessions, {}, [](const auto& entry) {
        return entry.second.expires_at;
    });
    return {SessionEnded{SessionId{first->first}, false, now}};
}

Decision succeed(const State& state, const Login::Succeed& c) {
    if (!state.credentials) return unexpected{Refusal::credentials_wrong};
    const auto known = state.sessions.find(c.session.value);
    if (known != state.sessions.end() && known->second.refresh_hash == c.refresh_hash)
        return Events{};
    if (!login_open(state, c.now)) return unexpected{Refusal::rate_limited};
    if (state.totp_secret && (!c.totp_step || !fresh_step(state, *c.totp_step)))
        return unexpected{Refusal::second_factor_wrong};
    Events events = make_room(state, c.now);
    events.emplace_back(LoginSucceeded{
        .user = state.credentials->user,
        .session = c.session,
        .refresh_hash = c.refresh_hash,
        .totp_step = state.totp_secret ? c.totp_step : std::nullopt,
        .expires_at = c.now + c.ttl,
        .at = c.now
    });
    return events;
}

Decision fail(const State& state, const Login::Fail& c) {
    if (!state.credentials) return unexpected{Refusal::credentials_wrong};
    if (!login_open(state, c.now)) return unexpected{Refusal::rate_limited};
    return Events{LoginFailed{state.credentials->user, c.now}};
}

Decision refresh(const State& state, const Login::Refresh& c) {
    const auto found = state.sessions.find(c.session.value);
    if (found == state.sessions.end() || found->second.expires_at <= c.now)
        return unexpected{Refusal::token_invalid};
    const Login::Session& session = found->second;
    if (session.refresh_hash == c.presented_hash)
        return Events{SessionRefreshed{c.session, c.refresh_hash, c.now + c.ttl, c.now}};
    // The rotation that this very command asked for: nobody else knows the new token.
    if (session.refresh_hash == c.refresh_hash) return Events{};
    return Events{SessionEnded{c.session, true, c.now}};
}

Events logout(const State& state, const Login::Logout& c) {
    if (!state.sessions.contains(c.session.value)) return {};
    return {SessionEnded{c.session, false, c.now}};
}

Decision confirm_totp(const State& state, const Login::ConfirmTotp& c) {
    if (!state.credentials || !state.totp_offered) {
        if (state.totp_secret) return Events{};
        return unexpected{Refusal::not_found};
    }
    if (!c.totp_step || !fresh_step(state, *c.totp_step))
        return unexpected{Refusal::second_factor_wrong};
    return Events{TotpConfirmed{state.credentials->user, *c.totp_step, c.now}};
}

void apply_registration(State& state, const LoginRegistered& e) {
    state.credentials = Login::Credentials{
        .user = e.user,
        .roles = e.roles,
        .email = {e.email, state.version},
        .phone = {e.phone, state.version},
        .name = {e.name, state.version},
        .password_hash = {e.password_hash, state.version}
    };
    // A secret that comes with the registration was handed over with it: it counts at once.
    if (e.totp_secret) state.totp_secret = {*e.totp_secret, state.version};
}

void apply_success(State& state, const LoginSucceeded& e) {
    state.sessions[e.session.value] = {e.refresh_hash, e.expires_at};
    if (e.totp_step) state.totp_step = e.totp_step;
    state.failures.clear();
}

void apply_failure(State& state, const LoginFailed& e) {
    if (state.failures.size() == login_failures_max) state.failures.erase(state.failures.begin());
    state.failures.push_back(e.at);
}

void apply_refresh(State& state, const SessionRefreshed& e) {
    const auto found = state.sessions.find(e.session.value);
    if (found == state.sessions.end()) throw CorruptStream{"a session goes on that never began"};
    found->second = {e.refresh_hash, e.expires_at};
}

// What time has taken is forgotten with the next event. Never the session of that event itself:
// this runs before it is applied, and a session past its time gets no more events.
void forget_expired(State& state, Instant now) {
    std::erase_if(state.sessions, [&](const auto& entry) {
        return entry.second.expires_at <= now;
    });
    std::erase_if(state.failures, [&](Instant at) { return at <= now - login_failure_window; });
}

Instant time_of(const LoginEvent& event) {
    return std::visit([](const auto& e) { return e.at; }, event);
}

}  // namespace

bool session_live(const Login::State& state, const SessionId& session, Instant now) {
    const auto found = state.sessions.find(session.value);
    return found != state.sessions.end() && found->second.expires_at > now;
}

std::size_t login_failures(const Login::State& state, Instant now) {
    const auto recent = std::ranges::count_if(state.failures, [&](Instant at) {
        return at > now - login_failure_window;
    });
    return static_cast<std::size_t>(recent);
}

bool login_open(const Login::State& state, Instant now) {
    return login_failures(state, now) < login_failures_max;
}

Result<Login::Events, Login::Refusal> Login::decide(const State& state, const Command& command) {
    return match(
        command,
        [&](const Register& c) -> Decision { return register_user(state, c); },
        [&](const Succeed& c) -> Decision { return succeed(state, c); },
        [&](const Fail& c) -> Decision { return fail(state, c); },
        [&](const Refresh& c) -> Decision { return refresh(state, c); },
        [&](const Logout& c) -> Decision { return logout(state, c); },
        [&](const OfferTotp& c) -> Decision {
            if (!state.credentials) return unexpected{Refusal::not_found};
            return Events{TotpOffered{state.credentials->user, c.secret, c.now}};
        },
        [&](const ConfirmTotp& c) -> Decision { return confirm_totp(state, c); }
    );
}

Login::State Login::evolve(State state, const Event& event) {
    ++state.version;
    forget_expired(state, time_of(event));
    match(
        event,
        [&](const LoginRegistered& e) { apply_registration(state, e); },
        [&](const LoginSucceeded& e) { apply_success(state, e); },
        [&](const LoginFailed& e) { apply_failure(state, e); },
        [&](const SessionRefreshed& e) { apply_refresh(state, e); },
        [&](const SessionEnded& e) { state.sessions.erase(e.session.value); },
        [&](const TotpOffered& e) { state.totp_offered = {e.secret, state.version}; },
        [&](const TotpConfirmed& e) {
            state.totp_secret = std::move(present(state.totp_offered));
            state.totp_offered.reset();
            state.totp_step = e.totp_step;
        }
    );
    return state;
}

}  // namespace pakashop
