import { chromium } from 'playwright-core'
const b = await chromium.launch({executablePath:'/usr/bin/chromium',args:['--headless','--no-sandbox','--disable-gpu']})
const base='http://127.0.0.1:9201'
const out='/tmp/w/face-shots/'
async function page(o){ const c=await b.newContext(o); const p=await c.newPage(); p.on('console',m=>console.log('console',m.type(),m.text())); p.on('pageerror',e=>console.log('pageerror',e)); return p }
for (const [n,o] of [['home-desktop',{viewport:{width:1280,height:800}}],['home-360',{viewport:{width:360,height:740}}],['home-dark',{viewport:{width:390,height:844},colorScheme:'dark'}]]) {
  const p=await page(o); await p.goto(base+'/'); await p.screenshot({path:out+n+'.png',fullPage:true}); console.log(n, await p.evaluate('document.documentElement.scrollWidth')); await p.context().close()
}
for (const [n,o] of [['docs-desktop',{viewport:{width:1280,height:900}}],['docs-390',{viewport:{width:390,height:844},hasTouch:true}],['docs-dark',{viewport:{width:1280,height:900},colorScheme:'dark'}],['docs-dark-390',{viewport:{width:390,height:844},colorScheme:'dark'}]]) {
  const p=await page(o); await p.goto(base+'/docs/'); await p.locator('.opblock').first().waitFor(); console.log(p.url());
  await p.screenshot({path:out+n+'.png',fullPage:true}); console.log(n, await p.evaluate('document.documentElement.scrollWidth'))
  await p.locator('.auth-wrapper button.authorize').first().click(); await p.locator('.modal-ux').waitFor()
  await p.screenshot({path:out+n+'-authorize.png'}); console.log(await p.evaluate(`(()=>{const r=document.querySelector('.modal-ux').getBoundingClientRect();const c=document.querySelector('.modal-ux-content');return [r.left,r.right,innerWidth,c.scrollWidth,c.clientWidth,document.documentElement.scrollWidth]})()`))
  await p.context().close()
}
await b.close()
