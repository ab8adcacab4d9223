// Its server stands in its text. Sends everything at once, as soon as it is connected.
const net = require('node:net')

const base64 = (text) => Buffer.from(text).toString('base64')
const lines = [
  'EHLO [127.0.0.1]',
  'AUTH LOGIN',
  base64('zhang@163.com'),
  base64('authcode12345'),
  'MAIL FROM:<zhang@163.com>',
  'RCPT TO:<li@163.com>',
  'DATA',
  'From: zhang@163.com\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\nHello\r\n.',
  'QUIT'
]
const socket = net.connect(25, 'smtp.163.com', () => socket.write(lines.join('\r\n') + '\r\n'))
socket.on('data', (data) => process.stdout.write(data))
