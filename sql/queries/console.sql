-- name: staff_insert(login, name, password_hash, role)$
-- Somebody new in the console; no id where the login is taken.
INSERT INTO staff_users (login, name, password_hash, role) VALUES (:login, :name, :password_hash, :role)
ON CONFLICT (login) DO NOTHING RETURNING id;

-- name: staff_by_login(login)^
-- Who wants to log in.
SELECT id, login, name, password_hash, role, language, active, totp_secret, totp_confirmed_at IS NOT NULL AS totp
FROM staff_users WHERE login = :login;

-- name: staff_by_id(id)^
-- One person of the console.
SELECT id, login, name, password_hash, role, language, active, totp_secret, totp_confirmed_at IS NOT NULL AS totp
FROM staff_users WHERE id = :id;

-- name: staff_set_password(id, password_hash)!
-- Another password.
UPDATE staff_users SET password_hash = :password_hash WHERE id = :id;

-- name: staff_set_profile(id, name, language)!
-- How the console calls and speaks to this person.
UPDATE staff_users SET name = :name, language = :language WHERE id = :id;

-- name: staff_reset(login, password_hash)$
-- A way back in: another password, and no second factor until it is set up anew.
UPDATE staff_users
SET password_hash = :password_hash, active = true, totp_secret = NULL, totp_confirmed_at = NULL
WHERE login = :login RETURNING id;

-- name: totp_propose(id, secret)!
-- A new secret, which counts once it is confirmed; an enrolment in force is not touched.
UPDATE staff_users SET totp_secret = :secret WHERE id = :id AND totp_confirmed_at IS NULL;

-- name: totp_confirm(id, secret, step)!
-- The telephone has shown that it knows the secret that was proposed.
UPDATE staff_users SET totp_confirmed_at = now(), totp_step = :step
WHERE id = :id AND totp_confirmed_at IS NULL AND totp_secret = :secret;

-- name: totp_use(id, step)!
-- A code counts once: never the same step again, nor an earlier one.
UPDATE staff_users SET totp_step = :step WHERE id = :id AND totp_confirmed_at IS NOT NULL AND totp_step < :step;

-- name: totp_remove(id)!
-- No second factor any more.
UPDATE staff_users SET totp_secret = NULL, totp_confirmed_at = NULL
WHERE id = :id AND totp_confirmed_at IS NOT NULL;

-- name: recovery_forget(user_id)!
-- The old recovery codes open nothing any more.
DELETE FROM staff_recovery_codes WHERE user_id = :user_id;

-- name: recovery_insert(user_id, hashes)!
-- New recovery codes.
INSERT INTO staff_recovery_codes (user_id, code_hash) SELECT :user_id, h FROM unnest(:hashes::bytea[]) AS h;

-- name: recovery_use(user_id, code_hash)!
-- A recovery code counts once.
UPDATE staff_recovery_codes SET used_at = now()
WHERE user_id = :user_id AND code_hash = :code_hash AND used_at IS NULL;

-- name: recovery_left(user_id)$
-- How many recovery codes are still good.
SELECT count(*) FROM staff_recovery_codes WHERE user_id = :user_id AND used_at IS NULL;

-- name: session_insert(id, user_id, stage, seconds)!
-- Somebody has logged in, or half-way.
INSERT INTO staff_sessions (id, user_id, stage, expires_at)
VALUES (:id, :user_id, :stage, now() + make_interval(secs => :seconds));

-- name: session_find(id, idle_seconds)^
-- A living session and its person; stale: it is time to note that it was seen.
SELECT s.stage, s.last_seen_at < now() - interval '1 minute' AS stale,
       u.id, u.login, u.name, u.role, u.language, u.totp_confirmed_at IS NOT NULL AS totp, u.password_once
FROM staff_sessions s JOIN staff_users u ON u.id = s.user_id
WHERE s.id = :id AND s.expires_at > now() AND u.active
  AND s.last_seen_at > now() - make_interval(secs => :idle_seconds);

-- name: session_touch(id)!
-- Seen just now.
UPDATE staff_sessions SET last_seen_at = now() WHERE id = :id;

-- name: session_end(id)!
-- Log out here.
DELETE FROM staff_sessions WHERE id = :id;

-- name: sessions_end_all(user_id)!
-- Log out everywhere.
DELETE FROM staff_sessions WHERE user_id = :user_id;

-- name: sessions_sweep()!
-- Forget what has ended by itself.
DELETE FROM staff_sessions WHERE expires_at < now();

-- name: attempts_count(key, window_seconds)$
-- One more attempt; how many that makes since the window began.
INSERT INTO login_attempts AS a (key, count) VALUES (:key, 1)
ON CONFLICT (key) DO UPDATE
SET count = CASE WHEN a.since < now() - make_interval(secs => :window_seconds) THEN 1 ELSE a.count + 1 END,
    since = CASE WHEN a.since < now() - make_interval(secs => :window_seconds) THEN now() ELSE a.since END
RETURNING count;

-- name: attempts_forget(key)!
-- The right password clears what was counted against it.
DELETE FROM login_attempts WHERE key = :key;

-- name: attempts_sweep(window_seconds)!
-- Forget what no longer counts.
DELETE FROM login_attempts WHERE since < now() - make_interval(secs => :window_seconds);

-- name: audit_insert(user_id, action, subject, before, after)!
-- A change, with what was and what is.
INSERT INTO audit_log (user_id, action, subject, before, after)
VALUES (:user_id, :action, :subject, :before::jsonb, :after::jsonb);

-- name: audit_list(before_id, limit)
-- Changes, newest first, from before an id on.
SELECT a.id, a.at, u.name, a.action, a.subject, a.before, a.after
FROM audit_log a LEFT JOIN staff_users u ON u.id = a.user_id
WHERE a.id < :before_id ORDER BY a.id DESC LIMIT :limit;
